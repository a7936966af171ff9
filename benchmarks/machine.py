"""The machine that the figures are of, in words: speeds mean nothing without it."""

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_CPU = Path("/proc/cpuinfo")
_MEMORY = Path("/proc/meminfo")

# Flags of x86 and of ARM that matrix multiplication is fast or slow by, and how people call them.
_SETS = {
    "avx2": "AVX2",
    "avx512f": "AVX-512",
    "avx_vnni": "AVX-VNNI",
    "avx512_vnni": "AVX-512 VNNI",
    "avx512_bf16": "AVX-512 BF16",
    "amx_int8": "AMX int8",
    "amx_bf16": "AMX BF16",
    "asimddp": "dot product",
    "i8mm": "int8 matrices",
    "sve": "SVE",
    "bf16": "BF16",
}
_LIBRARIES = ("onnxruntime", "openvino", "nncf", "torch", "transformers", "spacy", "faust-streaming", "kafka-python")


def describe() -> dict[str, str]:
    """Property -> value, all of it read now: also how busy the machine is."""
    cpu = _fields(_CPU.read_text()) if _CPU.exists() else {}
    memory = _fields(_MEMORY.read_text()) if _MEMORY.exists() else {}
    return {
        "processor": cpu.get("model name") or platform.processor() or platform.machine(),
        "cores": str(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()),
        "instruction sets": instruction_sets(cpu.get("flags", cpu.get("Features", ""))),
        "memory": f"{int(memory['MemTotal'].split()[0]) / 2**20:.0f} GiB" if "MemTotal" in memory else "unknown",
        "system": f"{platform.system()} {platform.release()}, Python {platform.python_version()}",
        "libraries": ", ".join(f"{name} {found}" for name in _LIBRARIES if (found := _version(name))),
        "load when the last benchmark ended": " ".join(f"{load:.1f}" for load in os.getloadavg()),
    }


def instruction_sets(flags: str) -> str:
    """Those of the processor's flags that matter here, as people call them."""
    has = set(flags.split())
    found = [name for flag, name in _SETS.items() if flag in has]
    return ", ".join(found) or "none that is known"


def has_bfloat16() -> bool:
    """Whether the processor multiplies matrices in bfloat16: emulated, it takes many times as long as float32."""
    return "BF16" in describe()["instruction sets"]


def _fields(text: str) -> dict[str, str]:
    """`name : value` lines, the first of each name: of the first core."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        name, colon, value = line.partition(":")
        if colon:
            found.setdefault(name.strip(), value.strip())
    return found


def _version(library: str) -> str | None:
    try:
        return version(library)
    except PackageNotFoundError:
        return None
