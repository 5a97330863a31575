# SPDX-License-Identifier: Apache-2.0
"""Attacks by signed manifests that another XML parser would read otherwise, or that a later version may have."""
import ferry_format as f
from attacks_manifest import on_text, on_tree, set_field
from table import attack


def differentials():
    def differs(name, change, says="manifest", **more):
        attack(25, "manifest: " + name, 15, says, **on_text(change), **more)

    differs("byte order mark", lambda t: b"\xef\xbb\xbf" + t)
    differs("CRLF", lambda t: t.replace(b"\n", b"\r\n"), "canonical")
    differs("lone CR", lambda t: t.replace(b"\n", b"\r"), "canonical")
    differs("UTF-16", lambda t: t.decode().replace("UTF-8", "UTF-16").encode("utf-16"), "UTF-16")
    differs("UTF-16 without byte order mark", lambda t: t.decode().encode("utf-16-le"), "UTF-16")
    differs("UTF-32", lambda t: t.decode().encode("utf-32"), "UTF-16")
    differs("Latin-1 declared", lambda t: t.replace(b"UTF-8", b"ISO-8859-1", 1), "encoding")
    differs("US-ASCII declared", lambda t: t.replace(b"UTF-8", b"US-ASCII", 1), "encoding")
    differs("UTF-7", lambda t: t.replace(b"UTF-8", b"UTF-7", 1).replace(b"hostile", b"+AGgAbw-stile"), "encoding")
    differs("XML 1.1", lambda t: t.replace(b'"1.0"', b'"1.1"', 1))
    differs("standalone", lambda t: t.replace(b"?>", b' standalone="yes"?>', 1), "canonical")
    differs("no XML declaration", lambda t: t[len(f.XML_LINE) :], "canonical")
    differs("declaration with single quotes", lambda t: t.replace(b'"UTF-8"', b"'UTF-8'", 1), "canonical")
    differs("declaration in lower case", lambda t: t.replace(b"UTF-8", b"utf-8", 1), "canonical")
    differs("two declarations", lambda t: f.XML_LINE + t)
    differs("space before the declaration", lambda t: b" " + t)
    differs("duplicate attribute", lambda t: t.replace(b'kind="', b'kind="full" kind="', 1), "duplicate attribute")
    differs("two roots", lambda t: t + t[len(f.XML_LINE) :])
    differs("text behind the root", lambda t: t + b"evil")
    differs("space behind the root", lambda t: t + b" ", "canonical")
    differs("no line end at the end", lambda t: t[:-1], "canonical")
    differs("NUL and another manifest behind the root", lambda t: t + b"\0" + t)
    differs("NUL in a value", lambda t: t.replace(b"hostile 1", b"hostile\x001"))
    differs("a reference to NUL", lambda t: t.replace(b"hostile 1", b"hostile&#0;"))
    differs("a reference to a control character", lambda t: t.replace(b"hostile 1", b"hostile&#27;"))
    differs("a reference to a surrogate", lambda t: t.replace(b"hostile 1", b"hostile&#xd800;"))
    differs("an unknown entity", lambda t: t.replace(b"hostile 1", b"&evil;"))
    differs("a reference to a plain letter", lambda t: t.replace(b"hostile 1", b"&#104;ostile 1"), "canonical")
    differs("an apostrophe written as reference", lambda t: t.replace(b"hostile 1", b"&apos;"), "canonical")
    differs("a tab in a value", lambda t: t.replace(b"hostile 1", b"hostile\t1"), "canonical")
    differs("a line end in a value", lambda t: t.replace(b"hostile 1", b"hostile\n1"), "canonical")
    differs("values in single quotes", lambda t: t.replace(b'"hostile 1"', b"'hostile 1'"), "canonical")
    differs(
        "attributes in another order",
        lambda t: t.replace(b'tool="hostile 1" compressor="zstd"', b'compressor="zstd" tool="hostile 1"'),
        "canonical",
    )
    differs("two spaces between attributes", lambda t: t.replace(b' tool="', b'  tool="', 1), "canonical")
    differs("space before the end of a tag", lambda t: t.replace(b'"zstd"/>', b'"zstd" />', 1), "canonical")
    differs("an empty element in two tags", lambda t: t.replace(b'"zstd"/>', b'"zstd"></bundle>', 1), "canonical")
    differs("indentation by tabs", lambda t: t.replace(b"\n  <", b"\n\t<"), "canonical")
    differs("everything in one line", lambda t: t.replace(b"\n  ", b""), "canonical")
    differs(
        "a prefix for the namespace",
        lambda t: t.replace(b"xmlns=", b"xmlns:m=", 1)
        .replace(b"<", b"<m:")
        .replace(b"<m:/", b"</m:")
        .replace(b"<m:?", b"<?"),
        "canonical",
    )
    differs("another namespace", lambda t: t.replace(b"manifest:1", b"manifest:2", 1), "namespace")
    differs("no namespace", lambda t: t.replace(b' xmlns="urn:ferry:manifest:1"', b"", 1), "namespace")
    differs(
        "a child in another namespace", lambda t: t.replace(b"<content ", b'<content xmlns="evil" ', 1), "canonical"
    )
    differs(
        "an attribute in a namespace",
        lambda t: t.replace(b"<content ", b'<content xmlns:e="e" e:x="1" ', 1),
        "namespace",
    )
    differs("an undeclared prefix", lambda t: t.replace(b"<content ", b'<content e:x="1" ', 1))
    differs("text between elements", lambda t: t.replace(b"  <content", b"evil<content", 1), "canonical")
    differs(
        "a root of another name",
        lambda t: t.replace(b"manifest ", b"trust ", 1).replace(b"/manifest", b"/trust"),
        "root element",
    )
    differs("nothing at all", lambda t: b"", "manifest")
    attack(25, "manifest: a trust file in its place", 15, "root element", text=lambda kit, text: kit.target.trust[0][1])
    differs("HTML", lambda t: b"<!doctype html><html></html>")
    differs("JSON", lambda t: b'{"manifest": 1}')
    differs("nothing but the declaration", lambda t: f.XML_LINE)
    differs("the end tag is missing", lambda t: t.replace(b"</manifest>\n", b""))


def unknown_things():
    for name, value in (
        ("2.0", "2.0"),
        ("1.1", "1.1"),
        ("0.9", "0.9"),
        ("nothing", ""),
        ("1", "1"),
        ("1.0 and a space", "1.0 "),
        ("01.0", "01.0"),
        ("a word", "latest"),
        ("1.0.0", "1.0.0"),
    ):
        attack(
            18,
            f"format version {name}",
            19,
            "install a newer",
            tree=lambda kit, tree, value=value: tree.__setitem__("format-version", value),
        )
    attack(
        18,
        "an unknown required feature",
        19,
        "requires the feature 'parity'",
        **on_tree(lambda tree: tree.add("feed", f.El("requires", {"feature": "parity"}))),
    )
    attack(
        18,
        "a required feature without name",
        19,
        "requires the feature ''",
        **on_tree(lambda tree: tree.add("feed", f.El("requires", {"feature": ""}))),
    )
    attack(
        18,
        "a requirement without feature",
        15,
        "has no feature",
        **on_tree(lambda tree: tree.add("feed", f.El("requires"))),
    )
    attack(18, "an unknown element", 15, "canonical", **on_tree(lambda tree: tree.add("feed", f.El("evil"))))
    attack(
        18,
        "an unknown element called optional",
        15,
        "canonical",
        **on_tree(lambda tree: tree.add("feed", f.El("optional", (), [f.El("evil")]))),
    )
    attack(18, "an unknown attribute", 15, "canonical", **set_field("target", "evil", "1"))
    attack(
        18,
        "an unknown attribute of the root",
        15,
        "canonical",
        **on_tree(lambda tree: tree.__setitem__("critical", "no")),
    )
    attack(18, "xml:base", 15, "namespace", **on_tree(lambda tree: tree.__setitem__("xml:base", "http://evil/")))
    attack(18, "xml:lang in a child", 15, "namespace", **set_field("target", "xml:lang", "en"))
    attack(
        18,
        "a child in an element that has none",
        15,
        "canonical",
        **on_tree(lambda tree: tree.find("feed").children.append(f.El("evil"))),
    )
    attack(
        18,
        "a chunk outside a volume",
        15,
        "canonical",
        **on_tree(lambda tree: tree.add("content", tree.all("volume")[0].children[0])),
    )
    attack(
        18,
        "elements in another order",
        15,
        "canonical",
        **on_tree(lambda tree: tree.children.insert(0, tree.children.pop(tree.index("content")))),
    )
    for tag in ("bundle", "publisher", "feed", "target", "content", "chain", "freshness"):
        attack(
            18,
            f"two elements {tag}",
            15,
            "canonical",
            **on_tree(lambda tree, tag=tag: tree.children.insert(tree.index(tag), tree.find(tag))),
        )
        attack(18, f"no element {tag}", 15, f"no element {tag}", **on_tree(lambda tree, tag=tag: tree.replace(tag, [])))
    for tag, name in (
        ("bundle", "kind"),
        ("target", "state"),
        ("feed", "epoch"),
        ("freshness", "valid-until"),
        ("recipient", "site"),
        ("publisher", "point"),
        ("content", "document-bytes"),
        ("base", "state"),
        ("trust", "sha256"),
    ):
        attack(
            18,
            f"{tag} without {name}",
            15,
            f"has no {name}",
            **on_tree(lambda tree, tag=tag, name=name: tree.find(tag).attributes.pop(name)),
        )
    attack(18, "kind is snapshot", 15, "expected full, delta or content", **set_field("bundle", "kind", "snapshot"))
    attack(18, "kind in upper case", 15, "expected full, delta or content", **set_field("bundle", "kind", "Delta"))


def install():
    for part in (
        differentials,
        unknown_things,
    ):
        part()
