# SPDX-License-Identifier: Apache-2.0
"""The published worked examples of the shipped tariffs, one test each: a journal of events goes through the program,
and the numbers that come out are compared with literals. Guards state the number that a wrong reading would give."""

import pathlib
import sys
from decimal import Decimal

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from oracle import program  # noqa: E402

IMS_HOUR = "2026-06-22T08:30:00+08:00"
IMM_HOUR = "2026-03-02T10:10:00+08:00"
TC_DAY = "2026-06-15T12:00:00+08:00"
VI_DAY = "2026-01-20T12:00:00+08:00"
FILM = {"media": "film", "streams": [{"kind": "video", "codec": "h264", "width": 800, "height": 600, "fps": 30},
                                     {"kind": "audio"}]}


class Journal:
    """Events in order; then what the program made of them."""

    def __init__(self, folder, tariff, time):
        self.folder, self.tariff, self.time, self.events, self.options = folder, tariff, time, [], []

    def overlay(self, text):
        path = self.folder / "overlay"
        path.mkdir()
        (path / "overlay.yaml").write_text(text, encoding="utf-8")
        self.options = ["--tariffs", str(path)]
        return self

    def call(self, operation, at=None, **data):
        self.events.append(program.event(len(self.events), f"{self.tariff}.{operation}", at or self.time, **data))
        return self

    def calls(self, times, operation, at=None, **data):
        for _ in range(times):
            self.call(operation, at, **data)
        return self

    def command(self, what, at=None, **data):
        self.events.append(program.event(len(self.events), f"tollgate.{what}", at or self.time, tariff=self.tariff,
                                         **data))
        return self

    def order(self, sku, at=None, **data):
        return self.command("order", at, sku=sku, **data)

    def postpaid(self, at=None):
        self.events.append(program.event(len(self.events), "tollgate.account", at or self.time,
                                         postpaid={self.tariff: True}))
        return self

    def rate(self):
        return Result(program.rate_events(self.folder, self.events, *self.options))


class Result:
    def __init__(self, answer):
        self.answer = answer
        self.usage = [bill for bill in answer["bills"] if bill["kind"] == "usage"]
        self.orders = [bill for bill in answer["bills"] if bill["kind"] == "orders"]

    def exact(self):
        assert not self.answer["unpriced"], self.answer["unpriced"]
        return sum((Decimal(bill["exact_total"]) for bill in self.usage), Decimal(0))

    def total(self):
        """As printed, of the only usage bill."""
        (bill,) = self.usage
        return bill["total"]

    def amount(self, item):
        return sum((Decimal(line["amount"]) for bill in self.usage for line in bill["lines"] if line["item"] == item),
                   Decimal(0))

    def quantity(self, item):
        return sum((Decimal(line["quantity"]) for bill in self.usage for line in bill["lines"]
                    if line["item"] == item), Decimal(0))

    def paid(self, funding):
        return sum((Decimal(line["quantity"]) for bill in self.usage for line in bill["lines"]
                    if line["funding"] == funding), Decimal(0))

    def items(self):
        return sorted({line["item"] for bill in self.usage for line in bill["lines"]})

    def bought(self):
        return sum((Decimal(bill["exact_total"]) for bill in self.orders), Decimal(0))

    def balance(self, sku):
        (row,) = [row for row in self.answer["balances"] if row["sku"] == sku]
        return row


@pytest.fixture(name="ims")
def _ims(tmp_path):
    return Journal(tmp_path, "ims-batch", IMS_HOUR)


@pytest.fixture(name="imm")
def _imm(tmp_path):
    return Journal(tmp_path, "imm", IMM_HOUR)


@pytest.fixture(name="vclm")
def _vclm(tmp_path):
    return Journal(tmp_path, "vclm", TC_DAY)


@pytest.fixture(name="viapi")
def _viapi(tmp_path):
    return Journal(tmp_path, "viapi", VI_DAY)


def row(name, *values):
    return pytest.param(*values, id=name)


# ---- batch video production ----

def test_ims_1_and_5_seconds_are_summed_before_rounding_up_to_minutes(ims):
    done = ims.call("ImageTextMatchingCommon", region="us-west-1", input_seconds=90, output_seconds=23).rate()
    assert done.exact() == Decimal("0.12") and done.total() == "0.12"
    assert done.quantity("image-text-matching-common") == 2
    assert done.exact() != Decimal("0.18")
    (bill,) = done.usage
    assert bill["cycle"] == {"start": "2026-06-22T08:00:00+08:00", "end": "2026-06-22T09:00:00+08:00"}
    assert bill["currency"] == "USD"


def test_ims_2_900_tokens_count_as_a_thousand(ims):
    done = ims.call("IntelligentTextGeneration", region="us-west-1", tokens=900).rate()
    assert done.exact() == Decimal("0.025") and done.total() == "0.02"


def test_ims_3_both_make_one_bill_of_the_hour(ims):
    ims.call("ImageTextMatchingCommon", region="us-west-1", input_seconds=90, output_seconds=23)
    done = ims.call("IntelligentTextGeneration", region="us-west-1", tokens=900).rate()
    assert done.exact() == Decimal("0.145") and done.total() == "0.14" and len(done.usage) == 1


def test_ims_4_the_same_work_on_the_china_site_is_in_yuan(tmp_path):
    journal = Journal(tmp_path, "ims-batch-cn", IMS_HOUR)
    journal.call("ImageTextMatchingCommon", region="cn-shanghai", input_seconds=90, output_seconds=23)
    done = journal.call("IntelligentTextGeneration", region="cn-shanghai", tokens=900).rate()
    assert done.exact() == Decimal("0.72") and done.total() == "0.72" and done.usage[0]["currency"] == "CNY"
    assert done.amount("image-text-matching-common") == Decimal("0.6")
    assert done.amount("intelligent-text-generation") == Decimal("0.12")


def two_short_tasks(journal):
    return journal.calls(2, "ImageTextMatchingCommon", region="us-west-1", input_seconds=20, output_seconds=10).rate()


def test_ims_6_each_task_is_rounded_by_itself(ims):
    assert two_short_tasks(ims).exact() == Decimal("0.12")


def test_ims_6_an_operator_who_rounds_the_hour_pays_one_minute(tmp_path):
    journal = Journal(tmp_path, "hourly", IMS_HOUR).overlay("""
tariff: hourly
extends: ims-batch
override:
  items:
    image-text-matching-common: {round: {scope: cycle}}
""")
    assert two_short_tasks(journal).exact() == Decimal("0.06")


def test_ims_7_highlight_extraction_counts_input_only(ims):
    done = ims.call("HighlightExtraction", region="ap-southeast-1", input_seconds=61, output_seconds=600).rate()
    assert done.exact() == Decimal("0.84") and done.quantity("highlight-extraction") == 2


def test_ims_8_a_previewed_script_costs_nothing(ims):
    done = ims.call("ScriptToVideo", region="us-west-1", preview_only=True, timeline_seconds=45).rate()
    assert done.exact() == 0 and not done.answer["rejected"]


def test_ims_9_a_previewed_mashup_counts_its_timeline(ims):
    done = ims.call("HighlightMashup", region="cn-shanghai", preview_only=True, input_seconds=100,
                    timeline_seconds=30).rate()
    assert done.exact() == Decimal("0.84") and done.quantity("highlight-mashup") == 3


def test_ims_10_exactly_sixty_seconds_are_one_minute(ims):
    done = ims.call("ImageTextMatchingCommon", region="ap-southeast-1", input_seconds=40, output_seconds=20).rate()
    assert done.quantity("image-text-matching-common") == 1 and done.exact() == Decimal("0.06")


@pytest.mark.parametrize("tokens, amount", [
    row("IMS-10 exactly a thousand tokens are one block", 1000, "0.025"),
    row("IMS-10 a thousand and one tokens are two blocks", 1001, "0.05"),
])
def test_ims_10_tokens(ims, tokens, amount):
    assert ims.call("IntelligentTextGeneration", region="ap-southeast-1", tokens=tokens).rate().exact() == \
        Decimal(amount)


# ---- media management ----

def playlist(journal, initial):
    return journal.call("GenerateVideoPlaylist", playlist={"initial_seconds": initial, "duration_seconds": 2280},
                        **FILM)


def play(journal, start, end):
    return journal.call("process/hls/ts", media="film", play={"from": start, "to": end})


def test_imm_1_without_initial_transcoding_a_film_never_played_costs_nothing(imm):
    done = playlist(imm, 0).rate()
    assert done.exact() == 0 and done.quantity("LiveTranscoding") == 0 and not done.answer["rejected"]


def test_imm_2_and_5_thirty_initial_seconds_are_159_units(imm):
    done = playlist(imm, 30).rate()
    assert done.quantity("LiveTranscoding") == 159 and done.quantity("LiveTranscoding") != 147
    assert done.exact() == Decimal("0.0022499931") and done.total() == "0.00"


def test_imm_3_and_5_two_played_parts_are_9540_units(imm):
    done = play(play(playlist(imm, 0), 0, 300), 900, 2280).rate()
    assert done.quantity("LiveTranscoding") == 9540 and done.quantity("LiveTranscoding") != 8820
    assert done.exact() == Decimal("0.134999586") and done.total() == "0.13"


def test_imm_4_and_5_what_two_viewers_had_transcoded_a_third_does_not_pay(imm):
    done = play(play(play(playlist(imm, 0), 0, 300), 900, 2280), 0, 2280).rate()
    assert done.quantity("LiveTranscoding") == 12084 and done.quantity("LiveTranscoding") != 11172
    assert done.exact() == Decimal("0.1709994756") and done.total() == "0.17"


@pytest.mark.parametrize("codec, width, height, fps, units", [
    row("IMM-6 h265 720x720 at 150 frames is 82 units, not the 83 of binary floating point", "h265", 720, 720, 150,
        82),
    row("IMM-7 h264 1920x1080 at 30 frames is 13 units", "h264", 1920, 1080, 30, 13),
    row("IMM-7 h264 1920x1080 at 60 frames is 25 units", "h264", 1920, 1080, 60, 25),
    row("IMM-8 h265 3840x2160 at 30 frames is 261 units", "h265", 3840, 2160, 30, 261),
    row("IMM-8 h265 3840x2160 at 60 frames is 520 units", "h265", 3840, 2160, 60, 520),
])
def test_imm_units_of_one_second(imm, codec, width, height, fps, units):
    done = imm.call("GenerateVideoPlaylist", media="second", playlist={"initial_seconds": -1, "duration_seconds": 1},
                    streams=[{"kind": "video", "codec": codec, "width": width, "height": height, "fps": fps}]).rate()
    assert done.quantity("LiveTranscoding") == units


def test_imm_9_1500_detections_have_no_blocks_of_a_thousand(imm):
    assert imm.calls(3, "DetectImageFaces", count=500).rate().exact() == Decimal("0.042")


def test_imm_10_a_semantic_query_has_two_lines(imm):
    done = imm.call("SemanticQuery", count=1000).rate()
    assert done.exact() == Decimal("0.594") and done.items() == ["SemanticAnalyze", "StandardQueryL2"]
    assert done.amount("StandardQueryL2") == Decimal("0.074") and done.amount("SemanticAnalyze") == Decimal("0.52")


def test_imm_11_a_face_search_has_two_lines(imm):
    done = imm.call("CreateFacesSearchingTask", count=1000).rate()
    assert done.exact() == Decimal("0.056") and done.items() == ["ImageDetect", "ImageFace"]


def test_imm_12_answers_404_are_billed_and_503_are_not(imm):
    imm.call("GetFileMeta", count=800).call("GetFileMeta", count=150, status=404, outcome="failed")
    done = imm.call("GetFileMeta", count=50, status=503, outcome="failed").rate()
    assert done.exact() == Decimal("0.00095") and done.quantity("StandardQueryL0") == 950


def test_imm_13_a_started_second_of_transcoding_counts(imm):
    done = imm.call("CreateMediaConvertTask", streams=[
        {"kind": "video", "codec": "h264", "width": 1280, "height": 720, "fps": 30, "seconds": "10.2"}]).rate()
    assert done.exact() == Decimal("0.0007783017") and done.quantity("VideoCompress264SD") == 11
    assert done.total() == "0.00" and done.usage[0]["rounding"] == "-0.0007783017"


def test_imm_14_a_task_belongs_to_the_hour_in_which_it_ends(imm):
    done = imm.call("CreateFigureClusteringTask", at="2026-03-02T09:05:00+08:00",
                    submitted_at="2026-03-02T08:50:00+08:00").rate()
    assert [bill["cycle"] for bill in done.usage] == [
        {"start": "2026-03-02T09:00:00+08:00", "end": "2026-03-02T10:00:00+08:00"}]


PLAN = """
tariff: imm-plan
extends: imm
packages:
  media-plan:
    {kind: general, unit: CU, validity: 1 year, restores: dynamic-month, scope: {ImageLabel: 1}, sizes: {100: 1}}
override:
  funding: [general, payg]
  items:
    ImageLabel: {price: {per: 1000, flat: 0.142}}
"""


@pytest.mark.parametrize("bought, next_cycle", [
    row("IMM-15 bought on 2022-01-15 the plan is full again on 2022-02-16", "2022-01-15", "2022-02-16"),
    row("IMM-15 bought on 2022-08-31 the plan is full again on 2022-10-01", "2022-08-31", "2022-10-01"),
    row("IMM-16 bought on 2022-01-31 the plan is full again on 2022-03-01", "2022-01-31", "2022-03-01"),
    row("IMM-16 bought on 2022-08-30 the plan is full again on 2022-10-01", "2022-08-30", "2022-10-01"),
    row("IMM-16 bought on 2024-01-29 the plan is full again on 2024-03-01", "2024-01-29", "2024-03-01"),
])
def test_imm_dynamic_month(tmp_path, bought, next_cycle):
    """All units are used at once; a second before the next cycle nothing is left, at its start everything is."""
    year, month, day = map(int, next_cycle.split("-"))
    eve = {(2022, 2, 16): "2022-02-15", (2022, 10, 1): "2022-09-30", (2022, 3, 1): "2022-02-28",
           (2024, 3, 1): "2024-02-29"}[(year, month, day)]
    journal = Journal(tmp_path, "imm-plan", f"{bought}T10:00:00+08:00").overlay(PLAN)
    journal.order("media-plan-100").call("DetectImageLabels", at=f"{bought}T11:00:00+08:00", count=100)
    journal.call("DetectImageLabels", at=f"{eve}T23:59:59+08:00", count=7)
    done = journal.call("DetectImageLabels", at=f"{next_cycle}T00:00:00+08:00", count=60).rate()
    assert done.paid("general") == 160 and done.paid("payg") == 7
    assert done.exact() == Decimal("0.000994")
    assert done.balance("media-plan-100")["remaining"] == "40"


def test_imm_17_a_renewed_editing_token_is_charged_like_the_first(imm):
    done = imm.call("GenerateWebofficeToken", readonly=False).call("RefreshWebofficeToken", readonly=False).rate()
    assert done.exact() == Decimal("0.0056603774")


def test_imm_18_indexing_with_a_template_makes_the_lines_of_its_operators(imm):
    done = imm.call("template/ImageManagement", count=1000, has_location=True).rate()
    assert done.exact() == Decimal("0.3539622") and done.total() == "0.35"
    assert {item: done.amount(item) for item in done.items()} == {
        "ImageFace": Decimal("0.028"), "ImageLabel": Decimal("0.142"), "ImageScoring": Decimal("0.0424528"),
        "ReverseGeocoding": Decimal("0.1415094")}
    assert done.answer["external"], "requests billed by the object store are listed apart"


@pytest.mark.parametrize("at, amount", [
    row("IMM-19 a second before the change body detection is free", "2025-07-28T10:59:59+08:00", "0"),
    row("IMM-19 at the instant of the change it has a price", "2025-07-28T11:00:00+08:00", "0.028"),
    row("IMM-19 the instant is the same in another zone", "2025-07-28T03:00:00Z", "0.028"),
])
def test_imm_19_price_change(imm, at, amount):
    done = imm.call("DetectImageBodies", at=at, count=1000).rate()
    assert done.exact() == Decimal(amount) and done.quantity("ImageDetect") == 1000


# ---- image animation ----

def test_tc_1_three_packages_of_100_calls(vclm):
    done = vclm.order("image-animate-100", quantity=3).rate()
    assert done.bought() == 1260 and done.orders[0]["total"] == "1260.00"
    assert done.balance("image-animate-100")["remaining"] == "300"


def test_tc_2_and_7_the_whole_month_takes_the_price_of_its_tier(vclm):
    done = vclm.postpaid().command("activate", units=5).calls(11, "SubmitImageAnimateJob", count=100).rate()
    assert done.exact() == 4161 and done.total() == "4161.00" and done.paid("free") == 5


def test_tc_7_no_slice_of_the_month_has_its_own_price(vclm):
    done = vclm.postpaid().call("SubmitImageAnimateJob", count=1100).rate()
    assert done.exact() == 4180 and done.exact() != 4639


@pytest.mark.parametrize("calls, amount", [
    row("TC-3 99 calls cost 475.2", 99, "475.2"), row("TC-3 100 calls cost 420, less than 99", 100, "420"),
    row("TC-4 999 calls cost 4195.8", 999, "4195.8"), row("TC-4 1000 calls cost 3800", 1000, "3800"),
    row("TC-5 9999 calls cost 37996.2", 9999, "37996.2"), row("TC-5 10000 calls cost 35000", 10000, "35000"),
])
def test_tc_cliffs(vclm, calls, amount):
    assert vclm.postpaid().call("SubmitImageAnimateJob", count=calls).rate().exact() == Decimal(amount)


NET = """
tariff: vclm-net
extends: vclm
override:
  items:
    image-animate: {price: {volume: {basis: net}}}
"""


@pytest.mark.parametrize("tariff, amount", [
    row("TC-6 free calls count for the tier: 997 at 3.8", "vclm", "3788.6"),
    row("TC-6 an operator with a net tier: 997 at 4.2", "vclm-net", "4187.4"),
])
def test_tc_6(tmp_path, tariff, amount):
    journal = Journal(tmp_path, tariff, TC_DAY)
    if tariff == "vclm-net":
        journal.overlay(NET)
    done = journal.postpaid().command("activate", units=5).call("SubmitImageAnimateJob", count=1002).rate()
    assert done.exact() == Decimal(amount)


def test_tc_8_ten_concurrent_tasks_cost_72000_a_month(vclm):
    assert vclm.order("image-animate-concurrency", quantity=10).rate().bought() == 72000


def test_tc_8_fifty_one_tasks_are_refused(vclm):
    done = vclm.order("image-animate-concurrency", quantity=51).rate()
    assert done.bought() == 0 and len(done.answer["rejected"]) == 1 and not done.answer["balances"]


def test_tc_8_the_eleventh_simultaneous_task_failed_and_costs_nothing(vclm):
    vclm.events.append(program.event(0, "tollgate.account", TC_DAY, mode={"vclm": "concurrent"}))
    vclm.order("image-animate-concurrency", quantity=10).calls(10, "SubmitImageAnimateJob")
    done = vclm.call("SubmitImageAnimateJob", outcome="failed", code="RequestLimitExceeded.JobNumExceed").rate()
    assert done.exact() == 0 and done.bought() == 72000 and done.paid("concurrency") == 10
    assert not done.answer["rejected"] and done.quantity("image-animate") == 10


def test_tc_9_with_postpaid_off_calls_beyond_the_package_are_rejected(vclm):
    done = vclm.order("image-animate-100").calls(130, "SubmitImageAnimateJob").rate()
    assert done.exact() == 0 and len(done.answer["rejected"]) == 30
    assert done.balance("image-animate-100")["used"] == "100"


@pytest.mark.parametrize("tariff, amount", [
    row("TC-10 packaged calls count for the tier: 30 at 4.2", "vclm", "126"),
    row("TC-10 an operator with a net tier: 30 at 4.8", "vclm-net", "144"),
])
def test_tc_10(tmp_path, tariff, amount):
    journal = Journal(tmp_path, tariff, TC_DAY)
    if tariff == "vclm-net":
        journal.overlay(NET)
    done = journal.postpaid().order("image-animate-100").calls(130, "SubmitImageAnimateJob").rate()
    assert done.exact() == Decimal(amount) and done.paid("payg") == 30 and done.paid("single") == 100


# ---- vision ----

@pytest.mark.parametrize("calls, amount, total", [
    row("VI-1 and VI-11 15,000 plates are sliced: 2000, not 1500", 15000, "2000", "2000.00"),
    row("VI-6 10,000 plates", 10000, "1500", "1500.00"), row("VI-6 10,001 plates", 10001, "1500.10", "1500.10"),
    row("VI-6 100,000 plates", 100000, "10500", "10500.00"),
    row("VI-6 100,001 plates", 100001, "10500.06", "10500.06"),
    row("VI-6 1,000,000 plates", 1000000, "64500", "64500.00"),
    row("VI-6 1,000,001 plates", 1000001, "64500.02", "64500.02"),
    row("VI-6 2,000,000 plates", 2000000, "84500", "84500.00"),
])
def test_vi_plates(viapi, calls, amount, total):
    viapi.call("RecognizeLicensePlate", at="2026-01-01T00:00:00+08:00", count=calls - 1)
    done = viapi.call("RecognizeLicensePlate", at="2026-01-31T23:59:59+08:00").rate()
    assert done.exact() == Decimal(amount) and done.total() == total and len(done.usage) == 1


def test_vi_2_and_10_seconds_of_a_video_are_a_part_of_the_minute(viapi):
    done = viapi.call("video-enhancement", seconds=140, width=1920, height=1080, fps=60).rate()
    assert done.exact() == Decimal("37.333333333333") and done.total() == "37.33" and done.exact() != 48


def test_vi_3_5000_points_are_25000_calls(viapi):
    viapi.order("object-detection-5000").call("object-detection", count=25000)
    done = viapi.rate()
    assert done.bought() == 50 and done.paid("single") == 25000 and done.exact() == 0
    assert done.balance("object-detection-5000")["remaining"] == "0"


def test_vi_3_the_call_after_them_is_not_paid(viapi):
    done = viapi.order("object-detection-5000").call("object-detection", count=25001).rate()
    assert done.paid("single") == 25000 and len(done.answer["unpriced"]) == 1


@pytest.mark.parametrize("period, qps, amount", [
    row("VI-4 40 QPS for a day cost 452", "day", 40, "452"),
    row("VI-5 40 QPS for a month cost 7820", "month", 40, "7820"),
    row("VI-7 10 QPS for a day", "day", 10, "128"), row("VI-7 11 QPS for a day", "day", 11, "138.8"),
    row("VI-7 50 QPS for a day", "day", 50, "560"), row("VI-7 51 QPS for a day", "day", 51, "569.8"),
    row("VI-7 100 QPS for a day", "day", 100, "1050"), row("VI-7 101 QPS for a day", "day", 101, "1059"),
    row("VI-8 10 QPS for a month", "month", 10, "2180"), row("VI-8 11 QPS for a month", "month", 11, "2368"),
    row("VI-8 50 QPS for a month", "month", 50, "9700"), row("VI-8 51 QPS for a month", "month", 51, "9836"),
    row("VI-8 100 QPS for a month", "month", 100, "16500"), row("VI-8 101 QPS for a month", "month", 101, "16626"),
])
def test_vi_qps_plans(viapi, period, qps, amount):
    done = viapi.order(f"face-comparison-1-1-qps-{period}", quantity=qps, sales=True).rate()
    assert done.bought() == Decimal(amount) and not done.answer["rejected"]


def test_vi_9_a_throttled_call_costs_nothing(viapi):
    done = viapi.calls(2, "RecognizeLicensePlate").call("RecognizeLicensePlate", outcome="throttled").rate()
    assert done.quantity("license-plate-recognition") == 2 and done.exact() == Decimal("0.3")


def test_vi_12_a_fifth_left_alerts_once(viapi):
    viapi.order("object-detection-5000").call("object-detection", count=19999)
    assert not viapi.rate().answer["alerts"]
    done = viapi.call("object-detection").call("object-detection", count=10).rate()
    assert [(alert["kind"], alert["threshold"], alert["remaining"]) for alert in done.answer["alerts"]] == [
        ("package-low", "0.2", "1000")]


def test_vi_13_the_package_that_expires_first_pays_first(viapi):
    viapi.order("object-detection-10000", at="2025-04-01T12:00:00+08:00", effective_at="2025-06-01T00:00:00+08:00")
    viapi.order("object-detection-5000", at="2025-04-20T12:00:00+08:00", effective_at="2025-05-01T00:00:00+08:00")
    done = viapi.call("object-detection", count=1000).rate()
    assert done.balance("object-detection-5000")["expires_at"] == "2026-05-01T00:00:00+08:00"
    assert done.balance("object-detection-10000")["expires_at"] == "2026-06-01T00:00:00+08:00"
    assert done.balance("object-detection-5000")["used"] == "200"
    assert done.balance("object-detection-10000")["used"] == "0"


PRICED = """
tariff: vision
extends: viapi
override:
  items:
    image-pornography-detection: {price: 0.0031}
    image-spam-and-ad-detection: {price: 0.0017}
  packages:
    vision-image: {sizes: {1000: 7}, scope: {object-detection: 0.4}}
"""


def test_vi_14_a_single_package_pays_before_a_general_one_that_expires_earlier(tmp_path):
    journal = Journal(tmp_path, "vision", VI_DAY).overlay(PRICED)
    journal.order("vision-image-1000", at="2025-06-01T12:00:00+08:00")
    journal.order("object-detection-5000", at="2025-12-01T12:00:00+08:00")
    done = journal.call("object-detection", count=1000).rate()
    assert done.balance("object-detection-5000")["used"] == "200" and done.balance("vision-image-1000")["used"] == "0"
    assert done.paid("single") == 1000


def test_vi_15_three_images_in_two_scenes_are_three_of_each_price(tmp_path):
    journal = Journal(tmp_path, "vision", VI_DAY).overlay(PRICED)
    done = journal.call("ScanImage", images=3, streams=[{"scene": "pornography"}, {"scene": "spam-and-ad"}]).rate()
    assert done.exact() == Decimal("0.0144")  # 3 x 0.0031 + 3 x 0.0017
    assert done.amount("image-pornography-detection") == Decimal("0.0093")
    assert done.amount("image-spam-and-ad-detection") == Decimal("0.0051")
