// SPDX-License-Identifier: Apache-2.0
//
// The words that titles, rules and manifests are made of. All are XML text: no bare '&' or '<'.
#pragma once

#include <string_view>

namespace ferry::tests::words {

using Word = std::string_view;

inline constexpr Word classifications[] = {"Security Updates",
                                           "Critical Updates",
                                           "Definition Updates",
                                           "Updates",
                                           "Update Rollups",
                                           "Service Packs",
                                           "Feature Packs",
                                           "Tools",
                                           "Drivers",
                                           "Applications",
                                           "Upgrades"};

inline constexpr Word known_products[] = {"Windows 11",         "Windows 10",  "Windows 10, version 1903 and later",
                                          "Defender Antivirus", "Server 2022", "Server 2025",
                                          "Server 2019",        "Server 2016", "Windows 10 LTSB",
                                          "Local Applications"};

inline constexpr Word companies[] = {"Contoso", "Fabrikam",  "Northwind", "Adatum",  "Litware",    "Tailspin",
                                     "Wingtip", "Proseware", "Trey",      "Lucerne", "Alpine Ski", "Margies"};

inline constexpr Word families[] = {"Office Tools",    "Developer Tools &amp; Runtimes",
                                    "Ledger Suite",    "Plant Control",
                                    "Design Studio",   "Print Services",
                                    "Network Edge",    "Storage Server",
                                    "Mail Server",     "Health Records",
                                    "Security Agents", "Display Software",
                                    "Firmware",        "Virtual Desktops"};

inline constexpr Word product_nouns[] = {
    "Ledger",    "Atlas",    "Beacon",  "Canvas",    "Conduit", "Courier",   "Dispatch", "Drafting",
    "Exchange",  "Foundry",  "Gateway", "Harbor",    "Horizon", "Inspector", "Journal",  "Keystone",
    "Lantern",   "Loom",     "Mosaic",  "Navigator", "Outpost", "Pattern",   "Planner",  "Prism",
    "Quarry",    "Relay",    "Scribe",  "Sentinel",  "Signal",  "Spindle",   "Summit",   "Tabular",
    "Telemetry", "Threader", "Transit", "Turbine",   "Vault",   "Viewer",    "Weaver",   "Workbench"};

inline constexpr Word component_areas[] = {
    "Accessibility", "Audio",     "Authentication", "Backup",    "Bluetooth",  "Camera",    "Certificate",
    "Clipboard",     "Codec",     "Compression",    "Console",   "Credential", "Crypto",    "Desktop",
    "Diagnostics",   "Directory", "Display",        "Download",  "Encoding",   "Event",     "FileSystem",
    "Firewall",      "Font",      "Graphics",       "Help",      "Identity",   "Imaging",   "Input",
    "Kernel",        "Keyboard",  "Language",       "License",   "Location",   "Logging",   "Media",
    "Memory",        "Network",   "Notification",   "Packaging", "Policy",     "Power",     "Printing",
    "Process",       "Registry",  "Remote",         "Scheduler", "Search",     "Security",  "Sensor",
    "Servicing",     "Session",   "Shell",          "Spooler",   "Storage",    "Telephony", "Theme",
    "Time",          "Transport", "User",           "Virtual",   "Volume",     "Web",       "Wireless",
    "Workspace"};

inline constexpr Word component_parts[] = {
    "Adapter",   "Agent",    "Bridge",    "Broker",    "Cache",      "Catalog",  "Channel", "Client",
    "Collector", "Common",   "Container", "Core",      "Dispatcher", "Driver",   "Editor",  "Engine",
    "Extension", "Filter",   "Framework", "Gateway",   "Handler",    "Host",     "Index",   "Interface",
    "Launcher",  "Library",  "Manager",   "Migration", "Monitor",    "Platform", "Pool",    "Provider",
    "Proxy",     "Resolver", "Router",    "Runtime",   "Service",    "Setup",    "Store",   "Tracker"};

inline constexpr Word component_roles[] = {"Admin",   "API",    "Base",   "Binaries", "Config",   "Deployment",
                                           "Events",  "Files",  "Group",  "Helper",   "Internal", "Legacy",
                                           "Minimal", "Mof",    "Native", "Onecore",  "Package",  "Resources",
                                           "Schema",  "Shared", "Stub",   "Support",  "Tools",    "WOW64"};

inline constexpr Word file_stems[] = {
    "acl", "api", "aud", "bcd", "blt", "cert", "cfg", "cln", "com", "crd", "dat", "dbg", "dev", "dsp", "evt",  "fnt",
    "gfx", "hlp", "idx", "inp", "krn", "lic",  "log", "map", "med", "net", "ntf", "obj", "pkg", "pol", "prt",  "pwr",
    "reg", "rpc", "sch", "sec", "shl", "spl",  "stg", "svc", "tel", "thm", "tsk", "usr", "vol", "wbm", "wlan", "xml"};

inline constexpr Word file_tails[] = {"base", "broker", "cfg",  "cli", "core", "ctl", "drv", "ext", "fw",   "host",
                                      "lib",  "mgr",    "prov", "res", "rt",   "srv", "svc", "ui",  "util", "w"};

inline constexpr Word file_endings[] = {".dll", ".dll", ".dll", ".exe", ".sys", ".mui", ".ocx"};

inline constexpr Word registry_leaves[] = {"Capabilities",
                                           "Client\\Install",
                                           "Common\\InstallRoot",
                                           "Components",
                                           "Configuration",
                                           "CurrentVersion",
                                           "Diagnostics",
                                           "Features",
                                           "InstalledPackages",
                                           "Installer\\State",
                                           "Patches",
                                           "Policies",
                                           "Servicing\\Version",
                                           "Setup",
                                           "Signatures",
                                           "Updates"};

inline constexpr Word registry_values[] = {"BuildLab",      "Channel",         "DisplayVersion", "Edition",
                                           "EnableUpdates", "InstallLocation", "InstallPath",    "InstallType",
                                           "LastVersion",   "PatchLevel",      "ProductVersion", "Release",
                                           "SchemaVersion", "ServicePack",     "UpdateLevel",    "Version"};

inline constexpr Word comparisons[] = {"GreaterThanOrEqualTo", "GreaterThanOrEqualTo", "LessThan", "EqualTo",
                                       "GreaterThan",          "LessThanOrEqualTo"};

inline constexpr Word architectures[] = {"amd64", "x86", "arm64"};

inline constexpr Word cultures[] = {"neutral", "en-us", "de-de", "fr-fr", "es-es", "it-it", "ja-jp",
                                    "ko-kr",   "pt-br", "ru-ru", "zh-cn", "zh-tw", "cs-cz", "pl-pl",
                                    "nl-nl",   "sv-se", "da-dk", "fi-fi", "hu-hu", "tr-tr"};

inline constexpr Word payloads[] = {"Full", "Delta", "Express", "Base", "Feature", "Language", "Baseline", "Servicing"};

inline constexpr Word driver_classes[] = {"Net",       "Display",  "Media",       "Printer",
                                          "USB",       "System",   "SCSIAdapter", "HIDClass",
                                          "Bluetooth", "Firmware", "Camera",      "SoftwareComponent"};

inline constexpr Word device_nouns[] = {
    "Ethernet Controller", "Wireless Adapter", "Graphics Adapter",   "Audio Device",    "Label Printer",
    "Serial Bridge",       "Chipset Device",   "Storage Controller", "Touch Panel",     "Radio",
    "System Firmware",     "Imaging Device",   "Smart Card Reader",  "Docking Station", "Fan Controller"};

inline constexpr Word detectoid_types[] = {"Application Locale", "Application", "Operating System",
                                           "Processor",          "Feature",     "Language"};

}  // namespace ferry::tests::words
