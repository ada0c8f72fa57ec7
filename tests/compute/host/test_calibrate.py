"""What a core is worth."""

from __future__ import annotations

from pathlib import Path

import msgspec

from pileus.compute.host import calibrate
from pileus.compute.host.calibrate import BYTES_PER_ECU, Calibration, by_table, calibration, ecu_of, measure


def test_the_table_knows_the_processors_the_unit_was_defined_on() -> None:
    assert by_table("Intel(R) Xeon(R) CPU E5-2650 0 @ 2.00GHz") == 4
    assert by_table("AMD Opteron(TM) Processor 6276") == 3
    assert by_table("AMD EPYC") == 0


def test_ecu_are_whole_and_at_least_one() -> None:
    assert [ecu_of(part * BYTES_PER_ECU) for part in (0.2, 1.0, 4.9)] == [1, 1, 4]


def test_a_core_is_measured_in_a_sensible_range() -> None:
    assert 0.2 * BYTES_PER_ECU < measure(1) < 100 * BYTES_PER_ECU


def test_a_measurement_is_kept_for_its_processor(tmp_path: Path) -> None:
    kept = tmp_path / "calibration.json"
    kept.write_bytes(msgspec.json.encode(Calibration(calibrate.cpu_model(), 77)))
    assert calibration(kept).ecu_per_core == 77


def test_another_processor_is_measured_anew(tmp_path: Path) -> None:
    kept = tmp_path / "calibration.json"
    kept.write_bytes(msgspec.json.encode(Calibration("one of long ago", 7777)))
    fresh = calibration(kept)
    assert fresh.cpu_model == calibrate.cpu_model()
    assert fresh.ecu_per_core < 7777
    assert calibration(kept) == fresh


def test_a_spoiled_file_is_measured_over(tmp_path: Path) -> None:
    kept = tmp_path / "calibration.json"
    kept.write_text("{")
    assert calibration(kept).ecu_per_core >= 1
