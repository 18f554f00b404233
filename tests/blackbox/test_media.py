# SPDX-License-Identifier: Apache-2.0
"""tollgate probe and quote --media: real files made by ffmpeg, files that lie, and an ffprobe that misbehaves."""

import os
import shutil
import struct
import subprocess
import sys
import time
from fractions import Fraction

import pytest
from conftest import ROOT

SOUND, SOUND_2 = ["-f", "lavfi", "-i", "sine=440"], ["-f", "lavfi", "-i", "sine=880"]


def picture(size="96x64", rate="30000/1001"):
    return ["-f", "lavfi", "-i", f"testsrc=size={size}:rate={rate}"]


X264 = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"]
MADE = {  # name -> words for ffmpeg
    "film.mp4": [*picture(), *SOUND, "-t", "2", *X264, "-c:a", "aac"],
    "film.mkv": [*picture(), *SOUND, "-t", "2", *X264, "-c:a", "aac"],
    "two.mkv": [*picture(), *SOUND, *SOUND_2, "-t", "1", "-map", "0", "-map", "1", "-map", "2", *X264],
    "varies.mp4": [*picture(rate="30"), "-t", "2", "-vf", "select='not(mod(n,3))+lt(n,20)'", "-vsync", "vfr", *X264],
    "sound.wav": [*SOUND, "-t", "1"],
    "sound.mp3": [*SOUND, "-t", "1"],
    "one.png": [*picture("64x48"), "-frames:v", "1"],
    "one.jpg": [*picture("64x48"), "-frames:v", "1"],
    "moving.gif": [*picture("32x32", "10"), "-t", "1"],
}


@pytest.fixture(scope="module", name="made")
def made_fixture(tmp_path_factory):
    """A folder of small media files."""
    ffmpeg = shutil.which("ffmpeg")
    if not ffmpeg:
        pytest.skip("ffmpeg is not installed")
    folder = tmp_path_factory.mktemp("media")
    for name, words in MADE.items():
        subprocess.run([ffmpeg, "-v", "error", "-threads", "1", *words, folder / name], check=True,
                       stdin=subprocess.DEVNULL)
    subprocess.run([ffmpeg, "-v", "error", "-i", folder / "film.mp4", "-c", "copy", "-metadata:s:v", "rotate=90",
                    folder / "turned.mp4"], check=True, stdin=subprocess.DEVNULL)
    return folder


@pytest.fixture(name="probe")
def probe_fixture(tollgate):
    def run(*words, **more):
        done = tollgate("probe", "--json", *words, **more)
        done.files = done.json["files"] if done.out else []
        return done

    return run


def streams_of(done):
    assert done.code == 0, done.err
    return done.files[0]["streams"]


def test_a_film_is_measured_exactly(probe, made):
    done = probe(made / "film.mp4")
    assert streams_of(done) == [
        {"index": 0, "kind": "video", "codec": "h264", "width": "96", "height": "64", "frames": "60",
         "frame_rate": "29.97002997003", "duration": "2.002", "frame_rate_exact": "30000/1001", "is_variable": False,
         "duration_exact": "2.002", "duration_from": "stream"},
        {"index": 1, "kind": "audio", "codec": "aac", "sample_rate": "44100", "channels": "1", "duration": "2",
         "duration_exact": "2", "duration_from": "stream"}]
    film = done.files[0]
    assert (film["duration"], film["bytes"]) == ("2.002", str((made / "film.mp4").stat().st_size))
    assert film["warnings"] == [] and film["is_counted"] and film["format"].startswith("mov,mp4")


def test_decimals_are_rounded_up_so_that_borders_hold(probe, made):
    stream = streams_of(probe(made / "film.mp4"))[0]
    gap = Fraction(stream["frame_rate"]) - Fraction(stream["frame_rate_exact"])
    assert 0 <= gap < Fraction(1, 10 ** 12)


def test_what_streams_do_not_say_is_counted(probe, made):
    video, audio = streams_of(probe(made / "film.mkv"))
    assert (video["duration"], video["duration_from"], video["frames"]) == ("2.002", "packets", "60")
    assert audio["duration_from"] == "packets" and abs(Fraction(audio["duration"]) - 2) < Fraction(1, 10)
    told = probe("--headers", made / "film.mkv")
    assert [stream["duration_from"] for stream in streams_of(told)] == ["container"] * 2
    assert not told.files[0]["is_counted"] and "frames" not in told.files[0]["streams"][0]
    assert [stream["kind"] for stream in streams_of(probe(made / "two.mkv"))] == ["video", "audio", "audio"]


def test_odd_files(probe, made):
    assert streams_of(probe(made / "varies.mp4"))[0]["is_variable"]
    turned = streams_of(probe(made / "turned.mp4"))[0]
    assert turned["rotation"] in (90, 270) and (turned["width"], turned["height"]) == ("64", "96")
    for name, codec in (("one.png", "png"), ("one.jpg", "mjpeg")):
        image = probe(made / name)
        assert streams_of(image) == [{"index": 0, "kind": "picture", "codec": codec, "width": "64", "height": "48"}]
        assert image.files[0]["duration"] is None
    assert [stream["kind"] for stream in streams_of(probe(made / "sound.wav"))] == ["audio"]
    sound = streams_of(probe(made / "sound.mp3"))[0]
    assert Fraction(sound["duration_exact"]) <= Fraction(sound["duration"]) < Fraction(3, 2)
    gif = streams_of(probe(made / "moving.gif"))[0]
    assert (gif["kind"], gif["frames"], gif["duration"]) == ("video", "10", "1")


def test_a_header_that_lies_is_told(probe, tollgate, made, tmp_path):
    whole = (made / "film.mkv").read_bytes()
    at = whole.index(b"\x44\x89\x88") + 3
    (tmp_path / "ten-hours.mkv").write_bytes(whole[:at] + struct.pack(">d", 36000000.0) + whole[at + 8:])
    done = probe(tmp_path / "ten-hours.mkv")
    assert done.code == 1 and "says 36000 seconds, its packets last 2.0" in done.files[0]["warnings"][0]
    assert done.files[0]["warnings"][0] in done.err and done.files[0]["streams"][0]["duration"] == "2.002"
    quoted = tollgate("quote", "viapi.video-enhancement", "--media", tmp_path / "ten-hours.mkv")
    assert quoted.code == 1 and "Say which one it is: seconds=" in quoted.err and not quoted.out
    said = tollgate("quote", "viapi.video-enhancement", "seconds=2", "--media", tmp_path / "ten-hours.mkv")
    assert said.code == 0, said.err


def test_an_index_that_lies_is_told(probe, made, tmp_path):
    film = bytearray((made / "film.mp4").read_bytes())
    for box in (b"mvhd", b"mdhd"):  # scale at 16 bytes behind the name, duration at 20
        at = film.index(box)
        scale = struct.unpack(">I", film[at + 16:at + 20])[0]
        film[at + 20:at + 24] = struct.pack(">I", 36000 * scale)
    (tmp_path / "ten-hours.mp4").write_bytes(film)
    done = probe(tmp_path / "ten-hours.mp4")
    assert done.code == 1 and any("says 36000 seconds" in text for text in done.files[0]["warnings"])


def test_what_has_no_length_has_no_price(probe, tollgate, made, tmp_path):
    sound = (made / "sound.wav").read_bytes()
    at = sound.index(b"data")
    (tmp_path / "nothing.wav").write_bytes(sound[:at + 4] + bytes(4))
    done = probe(tmp_path / "nothing.wav")
    assert done.code == 0 and done.files[0]["duration"] is None and done.files[0]["streams"][0]["codec"] == "pcm_s16le"
    quoted = tollgate("quote", "viapi.video-enhancement", "--media", tmp_path / "nothing.wav", "--json")
    assert quoted.code == 1 and not quoted.json["bills"] and "is missing" in quoted.out


def test_truncated_files(probe, made, tmp_path):
    ffmpeg = shutil.which("ffmpeg")
    subprocess.run([ffmpeg, "-v", "error", *picture(), "-t", "20", *X264, "-movflags", "faststart",
                    tmp_path / "long.mp4"], check=True, stdin=subprocess.DEVNULL)
    whole = (tmp_path / "long.mp4").read_bytes()
    (tmp_path / "half.mp4").write_bytes(whole[:len(whole) // 2])
    done = probe(tmp_path / "half.mp4")
    assert done.code == 1 and (done.files == [] or "its packets last" in done.files[0]["warnings"][0]), done.err
    tail = (made / "film.mp4").read_bytes()
    (tmp_path / "no-index.mp4").write_bytes(tail[:len(tail) // 4])
    done = probe("--headers", tmp_path / "no-index.mp4")
    assert done.code == 1 and done.files == [] and "ffprobe: " in done.err


HOSTILE = {
    "playlist.m3u8": "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{other}\n#EXT-X-ENDLIST\n",
    "passwd.m3u8": "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n",
    "web.m3u8": "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nhttp://127.0.0.1:9/x.ts\n#EXT-X-ENDLIST\n",
    "list.ffconcat": "ffconcat version 1.0\nfile '{other}'\n",
    "dash.mpd": "<?xml version=\"1.0\"?><MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\" type=\"static\"><Period>"
                "<BaseURL>{other}</BaseURL></Period></MPD>\n",
    "sdp.sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 9 RTP/AVP 96\n"
               "a=rtpmap:96 H264/90000\n",
    "text.txt": "Nothing but words.\n" * 50,
}


@pytest.mark.parametrize("name", list(HOSTILE))
def test_nothing_else_is_read(probe, made, tmp_path, name):
    shutil.copy(made / "film.mp4", tmp_path / "film.mp4")
    (tmp_path / name).write_text(HOSTILE[name].format(other="film.mp4"))
    done = probe(tmp_path / name, cwd=tmp_path)
    assert (done.code, done.files) == (1, []) and f"{name}: ffprobe" in done.err, done.err


def test_what_is_no_regular_file_is_not_waited_for(probe, tmp_path):
    os.mkfifo(tmp_path / "fifo.mp4")
    (tmp_path / "empty.mp4").write_bytes(b"")
    wrong = {tmp_path / "fifo.mp4": "no regular file", tmp_path: "no regular file", "/dev/zero": "no regular file",
             tmp_path / "empty.mp4": "it is empty", tmp_path / "nothing.mp4": "No such file"}
    for path, reason in wrong.items():
        done = probe(path)
        assert done.code == (4 if "nothing" in str(path) else 1) and reason in done.err, done.err


def test_names_are_only_names(probe, made, tmp_path):
    names = ["-i", "http:x", "concat:a|b", "%03d.png", "x;$(z)`w`*\n", "-"]
    for name in names:
        os.link(made / "sound.wav", tmp_path / name)
    done = probe("--headers", "--", *names, cwd=tmp_path)
    assert done.code == 0 and [one["file"] for one in done.files] == names, done.err
    assert {one["format"] for one in done.files} == {"wav"}


def test_several_files_and_one_that_is_none(probe, made, tmp_path):
    (tmp_path / "x.txt").write_text("text")
    done = probe(made / "sound.wav", tmp_path / "x.txt", made / "one.png")
    assert done.code == 1 and [os.path.basename(one["file"]) for one in done.files] == ["sound.wav", "one.png"]


def test_the_table(tollgate, made):
    done = tollgate("probe", made / "film.mp4")
    assert done.code == 0 and "30000/1001" in done.out and "96x64" in done.out and "2.002" in done.out


# ---- quote ----

def quote(tollgate, what, *words):
    done = tollgate("quote", what, "--at", "2026-02-15T00:00:00Z", "--json", *words)
    assert done.code == 0, done.err + done.out
    return {line["item"]: line["quantity"] for bill in done.json["bills"] for line in bill["lines"]}


def test_a_quote_takes_what_the_tariff_names(tollgate, made):
    film = ("--media", made / "film.mp4")
    streams = quote(tollgate, "imm.CreateMediaConvertTask", *film)
    assert streams == {"AudioCompress": "2", "VideoCompress264LD": "3"}
    film += ("--headers",)
    assert quote(tollgate, "imm.CreateMediaConvertTask", *film, "codec=h265")["VideoCompress265LD"] == "3"
    assert quote(tollgate, "imm.CreateMediaConvertTask", *film, "stream=kind:audio,seconds:7") == {"AudioCompress": "7"}
    assert quote(tollgate, "imm.process/video/convert", *film) == {"VideoCompress264LD": "3"}
    two = quote(tollgate, "imm.CreateMediaConvertTask", "--media", made / "two.mkv")
    assert int(two["AudioCompress"]) >= 2 and two["VideoCompress264LD"] == "2"
    assert quote(tollgate, "viapi.video-enhancement", *film) == {"comprehensive-video-enhancement": "3"}
    mashup = quote(tollgate, "ims-batch.highlight-mashup", *film, "output_seconds=60", "region=us")
    assert mashup == {"highlight-mashup": "2"}
    assert quote(tollgate, "imm.GenerateVideoPlaylist", *film, "media=film")["LiveTranscoding"] != "0"


def test_a_tariff_decides_by_data(tollgate, made, tmp_path):
    (tmp_path / "t.yaml").write_text("""\
tariff: t
title: T
currency: USD
zone: UTC
cycle: month
attributes: {shape: {type: text}, rate: {type: number}}
media: {data: {bytes: bytes, shape: format}}
items:
  kilobyte: {unit: kB, quantity: bytes / 1000, round: {each: 1, mode: up}, price: 1}
  sample: {unit: sample, quantity: rate * seconds, price: 1}
  stream: {unit: stream, price: 1}
operations:
  Store: kilobyte
  Sample: {item: sample, media: {data: {rate: sample_rate, seconds: duration}}}
  Streams: {each: streams, items: stream, media: {audio: {kind: kind}}}
  None: {item: stream, media: {}}
""")

    def count(what, name):
        return quote(tollgate, f"t.{what}", "--media", made / name, "--tariffs", tmp_path / "t.yaml")

    size = (made / "film.mkv").stat().st_size
    assert count("Store", "film.mkv") == {"kilobyte": str(-(-size // 1000))}
    assert count("Sample", "sound.wav") == {"sample": "44100"}
    assert count("Streams", "two.mkv") == {"stream": "2"}
    assert count("None", "film.mkv") == {"stream": "1"}


WRONG = [
    ("media: {data: {seconds: length}}", "unknown fact of a media file `length`"),
    ("media: {data: {second: duration}}", "unknown attribute `second`"),
    ("media: {data: {codec: duration}}", "`codec` is a text, `duration` is a number"),
    ("media: {videos: {seconds: duration}}", "unknown key `videos`"),
    ("media: [seconds]", "media"),
]


@pytest.mark.parametrize("text, reason", WRONG, ids=[one[1] for one in WRONG])
def test_wrong_mappings_are_told_with_their_place(tollgate, tmp_path, text, reason):
    (tmp_path / "t.yaml").write_text(f"tariff: t\ncurrency: USD\nzone: UTC\ncycle: month\n{text}\n"
                                     "items: {call: {unit: call, price: 1}}\noperations: {Do: call}\n")
    done = tollgate("tariff", "check", tmp_path / "t.yaml")
    assert done.code != 0 and reason in done.err + done.out and "t.yaml:5:" in done.err + done.out


def test_a_tariff_that_says_nothing_of_media(tollgate, made):
    mini = os.path.join(ROOT, "tests", "data", "mini.yaml")
    with open(mini, encoding="utf-8") as file:
        name = next(line.split()[1] for line in file if line.startswith("tariff:"))
    listed = tollgate("tariff", "show", name, "--json", "--tariffs", mini).json
    operation = listed["operations"][0]["name"]
    done = tollgate("quote", f"{name}.{operation}", "--tariffs", mini, "--media", made / "one.png")
    assert done.code == 2 and "its key `media` would" in done.err


# ---- an ffprobe that is not there, or misbehaves ----

def impostor(folder, script, shell="/bin/sh"):
    (folder / "ffprobe").write_text(f"#!{shell}\n{script}\n")
    (folder / "ffprobe").chmod(0o755)
    return {"PATH": f"{folder}:/usr/bin:/bin"}


@pytest.fixture(name="file")
def file_fixture(tmp_path):
    (tmp_path / "film.mp4").write_bytes(b"x" * 100)
    return tmp_path / "film.mp4"


def test_without_ffprobe_the_remedy_is_said(probe, file, tmp_path):
    for path in ("", "relative:."):
        done = probe(file, env={"PATH": path}, cwd=tmp_path)
        assert done.code == 4 and "apt-get install ffmpeg" in done.err and not done.out
    done = probe(file, env=impostor(tmp_path, "", "/no/such/shell"))
    assert done.code == 4 and "apt-get install ffmpeg" in done.err


def running(words):
    """Whether a process with such a command line is there."""
    for number in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{number}/cmdline", "rb") as file:
                line = file.read()
            with open(f"/proc/{number}/stat", encoding="utf-8") as file:
                state = file.read().rsplit(")", 1)[1].split()[0]
        except OSError:
            continue
        if line == words and state != "Z":
            return True
    return False


LONG = f"9{os.getpid()}"  # seconds that no other test sleeps
MISBEHAVIOUR = [
    (f"sleep {LONG}", "took more than 1 seconds"), (f"sleep {LONG} & exit 0", "took more than 1 seconds"),
    ("exec yes", "more to say than is believed"),
    ("kill -9 $$", "ffprobe failed"), ("echo '{}'", "does not say what it is"), ("echo no", "nothing that is JSON"),
    ("", "nothing that is JSON"), ("echo wrong >&2; exit 3", "ffprobe: wrong"),
    ("echo '{\"format\":{},\"streams\":[]}'", "no streams"), ("echo '{\"format\":{},\"streams\":[7]}'", "64 streams"),
    ("echo '{\"format\":[],\"streams\":{}}'", "does not say what it is"),
    ("case \"$*\" in *packet*) echo 1;; *) echo '{\"format\":{},\"streams\":[{}]}';; esac", "not understood"),
    ("case \"$*\" in *packet*) exec yes x;; *) echo '{\"format\":{},\"streams\":[{}]}';; esac", "not understood"),
]


@pytest.mark.parametrize("script, reason", MISBEHAVIOUR, ids=[str(number) for number in range(len(MISBEHAVIOUR))])
def test_a_child_that_misbehaves_is_ended(probe, file, tmp_path, script, reason):
    words = ("--timeout", "1") if "took" in reason else ()
    done = probe(*words, file, env=impostor(tmp_path, script))
    assert (done.code, done.files) == (1, []) and reason in done.err, done.err
    for _ in range(1200):  # it was killed, and may need a moment to be gone
        if not running(f"sleep\0{LONG}\0".encode()):
            return
        time.sleep(0.05)
    pytest.fail("a child of the child was left over")


CONFESSION = """\
import os, resource, sys
facts = [open("/proc/self/environ", "rb").read(), sorted(map(int, os.listdir("/proc/self/fd")))[:4],
         os.readlink("/proc/self/fd/0"), os.readlink("/proc/self/fd/3") == sys.argv[0] or os.path.basename(
             os.readlink("/proc/self/fd/3")), len(sys.argv) > 5, [word for word in sys.argv if "film" in word],
         [resource.getrlimit(getattr(resource, "RLIMIT_" + name))[1] for name in ("FSIZE", "CORE", "NOFILE", "CPU")],
         os.getpgid(0) == os.getpid(), os.stat("/proc/self/fd/3").st_size]
print(facts, file=sys.stderr)
sys.exit(1)"""


def test_the_child_has_nothing_of_ours(probe, file, tmp_path):
    env = impostor(tmp_path, CONFESSION, f"{sys.executable} -IS")
    done = probe("--timeout", "50", file, env={**env, "SECRET": "x"})
    wanted = "[b'', [0, 1, 2, 3], '/dev/null', 'film.mp4', True, [], [0, 0, 16, 50], True, 100]"
    assert done.code == 1 and wanted in done.err, done.err
