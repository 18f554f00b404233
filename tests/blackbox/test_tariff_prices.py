# SPDX-License-Identifier: Apache-2.0
"""Every price of the published tables, asked of the program: an event of exactly one price unit of each row must cost
that row's price to the last digit, and before the row's first instant it must not. The tariffs' own examples hold."""

import csv
import json
import os
import pathlib
import re
import subprocess
from fractions import Fraction

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("TOLLGATE", str(ROOT / "build" / "src" / "cli" / "tollgate"))
OVERLAY = ROOT / "tests" / "data" / "overlay" / "viapi-overlay.yaml"
NOW = "2026-03-02T10:10:00+08:00"
CHANGE = "2025-07-28T11:00:00+08:00"
SECOND_BEFORE = "2025-07-28T10:59:59+08:00"

SIZES = {"LD": (640, 480), "SD": (1280, 720), "HD": (1920, 1080), "2K": (2560, 1440), "4K": (3840, 2160)}

# How to use exactly one priced unit of an item, where `count` of the operation alone does not say it. {per} is the
# row's divisor.
EVENTS = {
    "ims-batch": {
        "intelligent-text-generation": ("IntelligentTextGeneration", {"tokens": 1}),
        "image-text-matching-common": ("ImageTextMatchingCommon", {"input_seconds": 59, "output_seconds": 1}),
        "image-text-matching-movie": ("ImageTextMatchingMovie", {"input_seconds": "0.5", "output_seconds": 0}),
        "highlight-mashup": ("HighlightMashup", {"input_seconds": 30, "output_seconds": 30}),
        "highlight-extraction": ("HighlightExtraction", {"input_seconds": 60}),
        "sports-highlights": ("SportsHighlights", {"input_seconds": 59, "output_seconds": 1}),
    },
    "imm": {
        "ImageToPDF": ("CreateImageToPDFTask", {"images": "{per}"}),
        "AudioCompress": ("process/audio/compress", {"seconds": "0.2"}),
        "VideoCompressCopy": ("CreateMediaConvertTask", {"codec": "copy", "seconds": 1}),
        "ExtractSubtitleText": ("CreateMediaConvertTask", {"kind": "subtitle-text", "count": "{per}"}),
        "ExtractSubtitleImage": ("CreateMediaConvertTask", {"kind": "subtitle-image", "frames": "{per}"}),
        "VideoFraming": ("process/video/sprite", {"frames": "{per}"}),
        "FileProcess": ("CreateFileUncompressionTask", {"bytes": "{per}"}),
        "FilePreview": ("CreateArchiveFileInspectionTask", {"bytes": "{per}"}),
        "IndexStorage": ("index/storage", {"bytes": "{per}"}),
        "DocumentWebofficePreview": ("GenerateWebofficeToken", {"readonly": True, "count": "{per}"}),
        "DocumentWebofficeCachePreview": ("RefreshWebofficeToken", {"cache_preview": True, "count": "{per}"}),
        "ReverseGeocoding": ("operator/ReGEO", {"has_location": True, "count": "{per}"}),
        "LiveTranscoding": ("process/hls/ts", {
            "media": "m", "play": {"from": 0, "to": 1}, "streams": [{"kind": "audio"}],
            "playlist": {"segment_seconds": 1, "ahead_seconds": 0, "duration_seconds": 1}}),
    },
}
OPERATIONS = {
    "ImageLabel": "DetectImageLabels", "ImageFace": "operator/FaceDetection",
    "ImageFaceClustering": "CreateFigureClusteringTask", "GenerateStory": "CreateStory",
    "ImageMosaic": "AddImageMosaic", "ImageCropping": "process/image/crop,g_auto",
    "ImageQRCodes": "DetectImageCodes", "ImageScoring": "DetectImageScore",
    "Blindwatermark": "EncodeBlindWatermark", "LocationDateClustering": "CreateLocationDateClusteringTask",
    "SimilarImageClustering": "CreateSimilarImageClusteringTask",
    "ExtractImageEmbeddings": "operator/ExtractImageEmbeddings", "ImageTexts": "DetectImageTexts",
    "StandardQueryL0": "GetStory", "StandardQueryL1": "QueryStories", "StandardQueryL2": "FuzzyQuery",
    "MediaMeta": "GetMediaMeta", "SemanticAnalyze": "SemanticQuery",
    "VideoClassification": "CreateVideoLabelClassificationTask", "DocumentConvert": "process/doc/convert",
    "DocumentWebofficeEdit": "process/doc/edit", "PointCloudCompress": "process/pointcloud/compress",
}
DETECT = {"": "DetectImageCars", "faces": "process/image/faces", "bodies": "DetectImageBodies",
          "vehicles": "process/image/cars", "face-basics": "CompareImageFaces"}


def fill(data, per):
    return {key: value.format(per=per) if isinstance(value, str) else value for key, value in data.items()}


def imm_event(item, cell, per):
    codec = re.fullmatch(r"VideoCompress26([45])(..)", item)
    if codec:
        width, height = SIZES[codec.group(2)]
        size = {"width": width, "height": height}
        return "process/video/convert", {"codec": "h26" + codec.group(1), "seconds": "0.01", **size}
    if item == "ImageDetect":
        return DETECT[cell], {"count": per}
    if item == "ImageFace" and cell == "face-search":
        return "CreateFacesSearchingTask", {"count": per}
    if item == "ImageSplicing":
        height = 4001 if cell.startswith("above") else 4000
        return "CreateImageSplicingTask", {"count": per, "width": 6000, "height": height}
    if item == "MediaAnimation":
        return "process/video/animation", {"frames": per, "format": cell}
    return OPERATIONS[item], {"count": per}


def viapi_event(item, cell):
    if item == "license-plate-recognition":
        return "RecognizeLicensePlate", {"count": 1}
    resolution, frames = cell.split("/")
    short = int(resolution[:-1])
    return item, {"seconds": "59.1", "width": short * 2, "height": short, "fps": frames[:-3]}


def event_of(row):
    tariff, item, cell, per = row["tariff"], row["item"], row["cell"], row["per"]
    known = EVENTS.get(tariff.removesuffix("-cn"), {}).get(item)
    if known:
        operation, data = known[0], fill(known[1], per)
    elif tariff == "imm":
        operation, data = imm_event(item, cell, per)
    elif tariff == "vclm":
        operation, data = "SubmitImageAnimateJob", {}
    else:
        operation, data = viapi_event(item, cell)
    return operation, {"region": cell, **data} if tariff.startswith("ims") else data


def usage_rows():
    """Rows of a flat price, or the first tier of one."""
    with open(ROOT / "tests" / "data" / "rows.csv", newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            is_first_tier = row["cell"] in ("volume/100", "graduated/10000")
            is_price = row["price"] == "free" or row["price"][0].isdigit()
            is_flat = not row["cell"].startswith(("volume", "graduated"))
            if is_price and "/" not in row["item"] and (is_first_tier or is_flat):
                yield row


def rate(tmp_path, events):
    """One account per event: (account -> {item: amount}, accounts whose event is unpriced)."""
    lines = [{"specversion": "1.0", "id": "on", "source": "t", "type": "tollgate.account", "subject": account,
              "time": time, "data": {"postpaid": {"vclm": True}}}
             for account, (_, _, time) in events.items() if account.startswith("vclm")]
    for account, (kind, data, time) in events.items():
        lines.append({"specversion": "1.0", "id": account, "source": "t", "type": kind, "subject": account,
                      "time": time, "data": data})
    for number, line in enumerate(lines):
        line["id"] += f"-{number}"
    journal = tmp_path / "journal.ndjson"
    journal.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    command = [PROGRAM, "rate", "--tariffs", ROOT / "tariffs", "--until", "2027-01-01T00:00:00+08:00", "--json"]
    result = subprocess.run(command + [journal], capture_output=True, text=True, check=False)
    statement = json.loads(result.stdout)
    assert statement["rejected"] == []
    amounts = {account: {} for account in events}
    for bill in statement["bills"]:
        for line in bill["lines"]:
            account = amounts[bill["account"]]
            account[line["item"]] = account.get(line["item"], 0) + Fraction(line["amount"])
    return amounts, {entry["id"].rsplit("-", 1)[0] for entry in statement["unpriced"]}


def label(row):
    return f"{row['tariff']}.{row['item']}.{row['cell']}.{row['from']}"


def test_every_row_has_its_price(tmp_path):
    rows = {label(row): row for row in usage_rows()}
    assert len(rows) > 80
    has_change = {row["item"] for row in rows.values() if row["from"]}
    events = {}
    for name, row in rows.items():
        operation, data = event_of(row)
        before = not row["from"] and row["item"] in has_change
        events[name] = (f"{row['tariff']}.{operation}", data, SECOND_BEFORE if before else row["from"] or NOW)
    amounts, unpriced = rate(tmp_path, events)
    assert unpriced == set()
    for name, row in rows.items():
        want = Fraction(0 if row["price"] == "free" else row["price"])
        assert amounts[name].get(row["item"]) == want, name


def test_no_row_holds_before_its_first_instant(tmp_path):
    rows = {label(row): row for row in usage_rows() if row["from"]}
    assert {row["from"] for row in rows.values()} == {CHANGE}
    events = {}
    for name, row in rows.items():
        operation, data = event_of(row)
        events[name] = (f"{row['tariff']}.{operation}", data, SECOND_BEFORE)
    amounts, unpriced = rate(tmp_path, events)
    free_before = {name for name, row in rows.items() if row["item"] in ("ImageDetect", "ImageMosaic", "ImageSplicing")}
    assert unpriced == set(rows) - free_before
    for name in free_before:
        assert sum(amounts[name].values()) == 0, name


EXAMPLES = ([f"IMS-{n}" for n in range(1, 11)] + [f"IMM-{n}" for n in range(1, 20) if n not in (15, 16)] +
            [f"TC-{n}" for n in range(1, 11)] + [f"VI-{n}" for n in range(1, 16)])


def test_the_worked_examples_hold():
    """IMM-15 and IMM-16 are about dynamic months alone and stand among the tests of the calendar."""
    held = []
    for path in (ROOT / "tariffs", OVERLAY):
        result = subprocess.run([PROGRAM, "tariff", "check", path], capture_output=True, text=True, check=False)
        assert result.returncode == 0, result.stdout + result.stderr
        held += [line.split(None, 2)[2] for line in result.stdout.splitlines() if line.startswith("ok ")]
    for name in EXAMPLES:
        assert any(re.match(name + r"(?!\d)", line) for line in held), name


@pytest.mark.parametrize("operation, data", [
    pytest.param("vclm.ImageAnimat", {}, id="an unknown operation"),
    pytest.param("imm.CreateMediaConvertTask", {"codec": "av1", "width": 1, "height": 1, "seconds": 1},
                 id="a codec without a price"),
    pytest.param("imm.CreateMediaConvertTask", {"kind": "subtitle", "seconds": 1}, id="an unknown kind of stream"),
    pytest.param("imm.process/video/animation", {"frames": 10}, id="an animation without a format"),
    pytest.param("imm.CreateImageSplicingTask", {}, id="stitching without a size"),
    pytest.param("imm.operator/LabelClassification", {}, id="labels of nothing known"),
    pytest.param("imm.IndexFileMeta", {"template": "Own"}, id="an unknown workflow template"),
    pytest.param("imm.IndexFileMeta", {}, id="indexing without a template"),
    pytest.param("imm.GenerateVideoPlaylist",
                 {"media": "m", "playlist": {"duration_seconds": 60}, "streams": [{"kind": "video"}]},
                 id="a playlist without a picture's size"),
    pytest.param("viapi.ScanImage", {"streams": [{"scene": "unknown"}]}, id="an unknown scene"),
    pytest.param("viapi.hair-segmentation", {}, id="a capability without a published price"),
])
def test_what_cannot_be_priced_is_said(tmp_path, operation, data):
    amounts, unpriced = rate(tmp_path, {"someone": (operation, data, NOW)})
    assert unpriced == {"someone"}
    assert sum(amounts["someone"].values()) == 0
