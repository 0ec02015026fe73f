"""The benchmark: a plugin that flowplug compiles beside Segment's own runtime, in the same run.

``python -m bench`` measures and writes ``docs/benchmarks.md`` and ``docs/benchmarks.svg``.
"""
