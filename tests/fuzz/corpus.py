"""Files that have ended such programs before: bombs, loops, depth, size, encodings."""

from __future__ import annotations

from collections.abc import Mapping

_LEVELS = 30


def _bomb(first: str, level: str) -> bytes:
    """Each level names the one beneath nine times."""
    return (first + "".join(level.format(here=here, below=here - 1) for here in range(1, _LEVELS))).encode()


def _names(count: int) -> str:
    return "".join(f"k{number}: {{}}\n" for number in range(count))


CORPUS: Mapping[str, bytes] = {
    "empty": b"",
    "one newline": b"\n",
    "blanks": b" \t\r\n \t",
    "a comment": b"# nothing\n",
    "nul bytes": b"\0" * 64,
    "a NUL in the middle": b"A=b\0c\n",
    "binary": bytes(range(256)) * 8,
    "an ELF header": b"\x7fELF\x02\x01\x01" + b"\0" * 200,
    "a gzip header": b"\x1f\x8b\x08\x00" + b"\xaa" * 200,
    "UTF-16": "A=b\n".encode("utf-16"),
    "UTF-16 without its mark": '{"a": 1}'.encode("utf-16-le"),
    "UTF-32": "a: b\n".encode("utf-32"),
    "a byte order mark alone": b"\xef\xbb\xbf",
    "two byte order marks": b"\xef\xbb\xbf\xef\xbb\xbfA=b\n",
    "latin-1": "NAME=Größe\n".encode("latin-1"),
    "CRLF": b"KMS_PROVIDER=local\r\nORGANIZATION_URI=acme\r\n",
    "CR alone": b"a: b\rc: d\r",
    "tabs": b"a:\n\t- b\n",
    "a lone surrogate": b'{"a": "\xed\xa0\x80"}',
    "an escaped surrogate": b'{"file": "\\ud800", "\\ud800": 1}',
    "a template": b"{{- if .Values.x }}\na: {{ .Values.y }}\n{{- end }}\n",
    "a template as a value": b"envs:\n  - name: KMS_PROVIDER\n    value: {{ .Values.provider }}\n",
    "a quoted template": b'image: {tag: "{{ .Values.tag }}"}\nenvs: [{name: KMS_PROVIDER, value: "{{ .Values.p }}"}]\n',
    "a list bomb": _bomb("a0: &a0 [x]\n", "a{here}: &a{here} [" + ",".join(["*a{below}"] * 9) + "]\n"),
    "a mapping bomb": _bomb(
        "a0: &a0 {{x: 1}}\n".replace("{{", "{").replace("}}", "}"),
        "a{here}: &a{here} {{" + ", ".join(f"k{number}: *a{{below}}" for number in range(9)) + "}}\n",
    ),
    "a bomb where it is merged": b"image: &a {repository: &r {a: 1}, b: *r}\nautoscaling: *a\njob-scheduler: *a\n",
    "a merge bomb": _bomb(
        "a0: &a0 {x: 1}\n", "a{here}: &a{here} {{<<: [" + ",".join(["*a{below}"] * 9) + "], k{here}: 1}}\n"
    ),
    "a growing merge": (
        "a0: &a0 {x: 1}\n" + "".join(f"a{n}: &a{n} {{<<: *a{n - 1}, k{n}: 1}}\n" for n in range(1, 3000))
    ).encode(),
    "a loop": b"a: &a [*a]\n",
    "a merge of itself": b"a: &a\n  <<: *a\n  b: 1\n",
    "an alias of nothing": b"a: *b\n",
    "a merge of a text": b"a: {<<: text}\nb: {<<: [1, {c: d}]}\n",
    "merge keys": b"x: &x {name: KMS_PROVIDER, value: local}\nenvs:\n  - <<: *x\n    value: AWS\n",
    "a name twice": b"a: 1\na: 2\n",
    "a name twice, JSON": b'{"schema": 1, "schema": 2, "file": 1, "file": 2}',
    "a list as a name": b"? [a]\n: b\n",
    "python tags": b"a: !!python/object/apply:os.system ['true']\nb: !!python/name:os.system\n",
    "unknown tags": b"envs:\n  - name: A\n    value: !Ref B\n",
    "binary tag": b"a: !!binary not-base64\nb: !!set {x, y}\nc: !!int x\nd: !!float x\ne: !!timestamp x\nf: !!bool x\n",
    "empty tags": b"a: !!int\nb: !!float ''\nc: !!bool\nd: !!timestamp ''\n",
    "a huge integer": b"replicaCount: " + b"9" * 100_000 + b"\n",
    "a huge integer, JSON": b'{"file": ' + b"9" * 100_000 + b"}",
    "a long integer, JSON": b'{"file": ' + b"9" * 4_000 + b"}",
    "a huge hexadecimal": b"replicaCount: 0x" + b"f" * 100_000 + b"\nterminationGracePeriodSeconds: 0x" + b"f" * 9_000,
    "a sexagesimal integer": b"replicaCount: 1" + b":59" * 10_000 + b"\n",
    "no numbers": b"replicaCount: .nan\nterminationGracePeriodSeconds: .inf\n",
    "NaN, JSON": b'{"file": NaN, "request": Infinity, "session": -Infinity}',
    "a large exponent": b'{"file": 1e999999}',
    "odd dates": b"expires: 2026-99-99\na: 2026-02-30\nb: 0000-00-00\nc: 2001-12-14t21:59:43.10-99:99\n",
    "brackets": b"[" * 100_000,
    "brackets, closed": b"[" * 50_000 + b"]" * 50_000,
    "braces": b"{" * 100_000,
    "objects": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    "dashes": b"- " * 100_000,
    "question marks": b"? " * 100_000,
    "indented": b"".join(b" " * depth + b"a:\n" for depth in range(1_500)),
    "quotes that do not end": b'"' + b"x" * 100_000,
    "directives": b"".join(b"%%TAG !a%d! x\n" % number for number in range(20_000)) + b"---\na: 1\n",
    "many documents": b"--- {}\n" * 20_000,
    "many names": _names(20_000).encode(),
    "one long line": b"A=" + b"x" * 300_000 + b"\n",
    "many short lines": b"A=b\n" * 20_000,
    "a private key": b"-----BEGIN EC PRIVATE KEY-----\nMHcCAQEE\n-----END EC PRIVATE KEY-----\n",
    "HTML": b"<!DOCTYPE html><html><body>502 Bad Gateway</body></html>",
    "an array": b"[]",
    "an array of nulls": b"[null, null]",
    "null": b"null",
    "true": b"true",
    "a text": b'"text"',
    "zero": b"0",
    "kinds without content": b'{"kind": "Deployment"}\n',
    "a list of kinds": b'{"kind": "List", "items": [null, 1, [], {"kind": null}, {"kind": "Secret", "data": []}]}',
    "an endless list": b"kind: List\nitems: &a [{kind: List, items: []}]\n",
    "services without content": b"services: {a: null, b: [], c: {environment: 7, env_file: {}, image: []}}\n",
    "an env file that is a folder": b"services: {a: {env_file: /}}\n",
    "an env file that never ends": b"services: {a: {env_file: /dev/zero, image: sombra}}\n",
    "an env file upwards": b"services: {a: {env_file: [../../../../etc/shadow, {path: [x]}], image: sombra}}\n",
    "empty tables": b"[[accepted]]\n[[accepted]]\n",
    "a table too deep": b"a" + b".a" * 5_000 + b" = 1\n",
    "arrays in TOML": b"accepted = " + b"[" * 5_000 + b"]" * 5_000 + b"\n",
    "an event without its frame": b'{"n": 1}\n{"n": true, "at": "x", "world": 1, "kind": []}\n',
}
