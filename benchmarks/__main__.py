"""`python -m benchmarks [NAME…]`: measures ours and its peer in the same rounds; exits 1 when a target is missed."""

from __future__ import annotations

import argparse
import importlib.util
import json
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from benchmarks.boot import boot
from benchmarks.doctor import doctor
from benchmarks.exploration import exhaustive, exploration
from benchmarks.figures import Figure
from benchmarks.kms_doors import kms_in_process, kms_over_http
from benchmarks.large_file import large_file
from benchmarks.localstack_start import localstack_start
from benchmarks.options import BenchmarkFailed, Options
from benchmarks.rehearsal import rehearsal
from benchmarks.small_files import small_files
from benchmarks.table import document, machine, table, verdict
from harness.target import TargetFailed

BENCHMARKS: Mapping[str, Callable[[Options], Iterator[Figure]]] = {
    "rehearsal": rehearsal,
    "boot": boot,
    "doctor": doctor,
    "small-files": small_files,
    "large-file": large_file,
    "kms-in-process": kms_in_process,
    "kms-over-http": kms_over_http,
    "localstack-start": localstack_start,
    "explore": exploration,
    "exhaustive": exhaustive,
}
USAGE_EXIT = 2


def main(argv: Sequence[str] | None = None) -> int:
    """Run the named benchmarks, all by default; 0 held, 1 missed, 2 not measured."""
    args = _parser().parse_args(argv)
    unknown = [name for name in args.names if name not in BENCHMARKS]
    if unknown:
        return _refuse(f"no benchmark is called {unknown[0]}; there are {', '.join(BENCHMARKS)}")
    if importlib.util.find_spec("flask") is None:
        return _refuse("the peer, moto's server, needs Flask; run `make bench`, which installs it")
    options = Options(args.rounds, args.seconds, args.connections, args.size_mib << 20)
    try:
        return _run(args.names or tuple(BENCHMARKS), options, kept_in=args.json)
    except (BenchmarkFailed, TargetFailed, OSError) as failure:
        return _refuse(str(failure))
    except KeyboardInterrupt:
        return _refuse("interrupted; everything that was started is stopped")


def _run(names: Sequence[str], options: Options, *, kept_in: Path | None) -> int:
    if kept_in is not None:
        kept_in.open("a").close()  # find out now, not after minutes of measuring
    figures = list(_figures(names, options))
    print(f"{machine()}; medians of {options.rounds} rounds\n\n{table(figures)}\n\n{verdict(figures)}")
    if kept_in is not None:
        kept_in.write_text(json.dumps(document(figures), indent=2) + "\n", encoding="utf-8")
    return 0 if all(figure.is_held for figure in figures) else 1


def _figures(names: Sequence[str], options: Options) -> Iterator[Figure]:
    for name in names:
        print(f"{name} …", file=sys.stderr, flush=True)
        yield from BENCHMARKS[name](options)


def _parser() -> argparse.ArgumentParser:
    usual = Options()
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"any of {', '.join(BENCHMARKS)} (default: all)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every sample to a file")
    parser.add_argument("--rounds", type=_positive, default=usual.rounds, help="rounds of ours and peer")
    parser.add_argument("--seconds", type=_seconds, default=usual.seconds, help="length of one measurement of a rate")
    parser.add_argument(
        "--connections", type=_positive, default=usual.connections, help="connections of a load generator"
    )
    parser.add_argument("--size-mib", type=_positive, default=usual.size >> 20, help="size of the large file")
    return parser


def _positive(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 1_000_000):
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1 to 999999")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0.1 <= seconds <= 600:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds from 0.1 to 600")
    return seconds


def _interrupted(*_: object) -> None:
    raise KeyboardInterrupt


def _refuse(message: str) -> int:
    print(f"benchmarks: {message}", file=sys.stderr)
    return USAGE_EXIT


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _interrupted)
    sys.exit(main())
