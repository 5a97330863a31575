#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the small signed bundle of three volumes that damage_sweep.cc damages: make_damage_bundle.py DIR."""
import os
import sys
import tempfile

import world as worlds


def main():
    target = sys.argv[1]
    os.makedirs(target, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        before, after = worlds.generated_catalogs(os.path.join(folder, "catalog"), os.environ["GENERATE_CATALOG"])
        world = worlds.World(os.path.join(folder, "keys"), "p256", before, after)
        kit = worlds.Kit(world, "plain", 3)
        files = kit.build({})
        files["trust-0001.xml"] = world.targets["plain"].trust[0][1]
    for name, data in files.items():
        with open(os.path.join(target, name), "wb") as file:
            file.write(data)


if __name__ == "__main__":
    main()
