"""The media types of files by their names: a table of our own, the same on every machine.

The machine's table is another on each: where it is there at all, it takes `.ts` for a video and `.rs` for an
XML format. What people attach to a question is mostly source and notes, which remotes want as `text/…`.
Registered types are IANA's; source languages without one are `text/plain`, or the `text/x-…` in common use.
"""

from __future__ import annotations

from typing import Final

UNKNOWN: Final = "application/octet-stream"

_BY_ENDING: Final = {
    ending: media_type
    for media_type, endings in {
        "text/plain": """
            txt text log ini cfg conf env properties lock diff patch rst adoc asciidoc org tex bib srt
            toml jsonl ndjson m
            bat cmd ps1 fish zsh awk sed vim r jl ml mli hs lhs elm ex exs erl hrl clj cljs edn lisp el scm
            rkt nim zig d dart swift kt kts scala groovy gradle v sv vhd vhdl asm s f f90 f95 pas pl pm
            tf tfvars hcl proto thrift graphql gql prisma sql cmake mk ninja bzl nix dockerfile vue svelte
            astro sol move cairo mod sum work mts cts
        """,
        "text/markdown": "md markdown mdx mkd",
        "text/html": "html htm xhtml",
        "text/css": "css",
        "text/x-scss": "scss sass less",
        "text/csv": "csv",
        "text/tab-separated-values": "tsv tab",
        "text/calendar": "ics",
        "text/yaml": "yaml yml",
        "text/vcard": "vcf",
        "text/vtt": "vtt",
        "text/rtf": "rtf",
        "text/javascript": "js mjs cjs",
        "text/jsx": "jsx",
        "text/typescript": "ts",
        "text/tsx": "tsx",
        "text/x-python": "py pyi pyw",
        "text/x-rust": "rs",
        "text/x-go": "go",
        "text/x-c": "c h",
        "text/x-c++": "cc cpp cxx hh hpp hxx",
        "text/x-csharp": "cs",
        "text/x-java": "java",
        "text/x-ruby": "rb",
        "text/x-php": "php",
        "text/x-lua": "lua",
        "text/x-shellscript": "sh bash",
        "text/xml": "xml xsd xsl xslt plist",
        "application/json": "json ipynb geojson webmanifest map jsonc json5",
        "application/pdf": "pdf",
        "application/zip": "zip",
        "application/gzip": "gz tgz",
        "application/x-tar": "tar",
        "application/x-bzip2": "bz2",
        "application/x-xz": "xz",
        "application/zstd": "zst",
        "application/x-7z-compressed": "7z",
        "application/epub+zip": "epub",
        "application/msword": "doc",
        "application/vnd.ms-excel": "xls",
        "application/vnd.ms-powerpoint": "ppt",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
        "application/vnd.oasis.opendocument.text": "odt",
        "application/vnd.oasis.opendocument.spreadsheet": "ods",
        "application/vnd.oasis.opendocument.presentation": "odp",
        "application/vnd.apache.parquet": "parquet",
        "application/vnd.sqlite3": "sqlite sqlite3",
        "application/wasm": "wasm",
        "image/png": "png",
        "image/jpeg": "jpg jpeg",
        "image/gif": "gif",
        "image/webp": "webp",
        "image/bmp": "bmp",
        "image/tiff": "tif tiff",
        "image/heic": "heic",
        "image/avif": "avif",
        "image/vnd.microsoft.icon": "ico",
        "image/svg+xml": "svg",
        "audio/mpeg": "mp3",
        "audio/wav": "wav",
        "audio/flac": "flac",
        "audio/ogg": "ogg oga opus",
        "audio/mp4": "m4a",
        "audio/aac": "aac",
        "video/mp4": "mp4 m4v",
        "video/webm": "webm",
        "video/quicktime": "mov",
        "video/x-matroska": "mkv",
        "video/x-msvideo": "avi",
        "video/mpeg": "mpeg mpg",
    }.items()
    for ending in endings.split()
}

_PLAIN: Final = """
    readme license licence copying authors contributors changelog changes news todo notice makefile
    gnumakefile dockerfile containerfile jenkinsfile vagrantfile gemfile rakefile procfile justfile codeowners
"""
"""Names without an ending that are text by custom."""


def media_type_of(name: str) -> str:
    """Return the media type of a file called *name*; `application/octet-stream` where nobody can tell.

    A name that begins with a dot and has no other, such as `.gitignore`, is one of text.
    """
    stem, dot, ending = name.lower().rpartition(".")
    if dot and not stem:
        return _BY_ENDING.get(ending, "text/plain")
    if not dot:
        return "text/plain" if ending in _PLAIN.split() else UNKNOWN
    return _BY_ENDING.get(ending, UNKNOWN)
