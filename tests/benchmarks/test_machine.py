"""The machine in words."""

from benchmarks.machine import describe, instruction_sets


def test_instruction_sets() -> None:
    assert instruction_sets("fpu avx2 avx512f avx512_vnni") == "AVX2, AVX-512, AVX-512 VNNI"
    assert instruction_sets("fp asimd asimddp i8mm") == "dot product, int8 matrices"
    assert instruction_sets("") == "none that is known"


def test_nothing_is_left_empty() -> None:
    assert all(describe().values())
