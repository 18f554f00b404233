# SPDX-License-Identifier: Apache-2.0
"""The shipped tariffs hold every row of the published tables, and the comparison notices every kind of slip."""

import pathlib
import shutil
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

import check_tariff_rows  # noqa: E402

DATA = ROOT / "tests" / "data"


def test_the_tariffs_hold_the_tables():
    assert check_tariff_rows.mistakes(ROOT / "tariffs", DATA) == []


@pytest.mark.parametrize("file, old, new, told", [
    pytest.param("imm.yaml", "0.00001433525", "0.0000143353", "imm VideoCompressCopy", id="a rounded price"),
    pytest.param("imm.yaml", "per: 1073741824", "per: 1000000000", "imm FileProcess", id="another divisor"),
    pytest.param("imm.yaml", "from: 2025-07-28T11:00:00+08:00\n        per: 1000\n        by: splicing-size",
                 "from: 2025-07-28T00:00:00+08:00\n        per: 1000\n        by: splicing-size",
                 "imm ImageSplicing", id="a change of prices at another instant"),
    pytest.param("vclm.yaml", "up_to: 1000, price: 4.2", "up_to: 1100, price: 4.2", "vclm image-animate",
                 id="a moved tier border"),
    pytest.param("viapi.yaml", "50000: 450, ", "", "viapi packages/object-detection", id="a lost package size"),
    pytest.param("viapi.yaml",
                 "face-fusion: {title: Face fusion, unit: call, methods: [payg, general, qps], price: unpublished",
                 "face-fusion: {title: Face fusion, unit: call, methods: [payg, general, qps], price: 0.02",
                 "no table does", id="a price from nowhere"),
    pytest.param("viapi.yaml", "methods: [payg, single]\n", "methods: [payg, single, general]\n",
                 "license-plate-recognition: 3 methods", id="a method too many"),
    pytest.param("viapi.yaml", "      head-segmentation: unpublished\n", "", "head-segmentation",
                 id="a gap in a scope"),
    pytest.param("imm.yaml", "  process/video/sprite: VideoFraming\n", "", "process/video/sprite is missing",
                 id="a lost operation"),
    pytest.param("imm.yaml", "[StandardQueryL2, SemanticAnalyze]", "[StandardQueryL2]", "SemanticQuery",
                 id="an operation with an item less"),
    pytest.param("ims-batch.yaml", "      source: page/prices\n  script-to-video", "  script-to-video",
                 "intelligent-text-generation price: no source", id="a price without source"),
    pytest.param("ims-batch.yaml", "source: page/rules\n  cycle", "source: pages/rules\n  cycle", "is not declared",
                 id="a source that is not declared"),
])
def test_a_slip_is_noticed(tmp_path, file, old, new, told):
    shutil.copytree(ROOT / "tariffs", tmp_path / "tariffs")
    path = tmp_path / "tariffs" / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    found = check_tariff_rows.mistakes(tmp_path / "tariffs", DATA)
    assert any(told in line for line in found), found
