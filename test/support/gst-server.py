#!/usr/bin/python3
"""GStreamer's RTSP server with one mount per kind of stream: the server we did not write, for the tests.

What a mount shows can be told from its pixels and its samples: the wall clock is painted into the pictures (`/h264`,
`/h264-aac` and `/mpeg4` show a ground that changes its colour with each tick instead), and the sound is a tone of 1000 Hz, beside one
of 440 Hz on the left where it is stereo. A mount costs nothing before someone asks for it.

    /usr/bin/python3 test/support/gst-server.py [--port 8554] [--user NAME --password PASS [--auth digest]] [--udp-only] [--larger]

Prints one JSON line, {"port": N, "mounts": [...]}, when it serves, and ends when its standard input is closed, so that it
never outlives the test that started it. By hand: run it in a terminal, end it with Ctrl-D or Ctrl-C.

Needs the Debian packages python3-gi gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-{base,good,bad,ugly}
gstreamer1.0-libav (`node scripts/setup.js` installs them).
"""

import argparse
import json
import pathlib
import sys
import threading
import time

import gi

gi.require_version('Gst', '1.0')
gi.require_version('GstRtsp', '1.0')
gi.require_version('GstRtspServer', '1.0')
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402

WIDTH, HEIGHT = 640, 360
# The test picture turns from black to white or back every 50 frames (videotestsrc counts frames, whatever the rate), so
# at 25 a second a tick of the sound every 2 s falls on the same moment: what a test of lip sync measures.
FPS = 25
TICK_NANOSECONDS = 50 * 1_000_000_000 // FPS

# The wall clock in the picture: 48 bits of milliseconds, most significant first, one block each, in the top rows. The rows are two
# macroblocks high, so that the blocks survive the encoder; white is a one.
CLOCK_BITS, CLOCK_BLOCK, CLOCK_ROWS, CLOCK_FPS = 48, 13, 32, 30


def h264(bitrate, keyframe_every=FPS, encoder='tune=zerolatency speed-preset=ultrafast'):
    """Encoder and payloader of the first track; the parameter sets are sent with each keyframe."""
    return (
        f'queue ! x264enc key-int-max={keyframe_every} bitrate={bitrate} {encoder} ! h264parse '
        '! rtph264pay name=pay0 pt=96 config-interval=-1'
    )


def of_profile(profile):
    """Unless a profile is named, the encoder agrees with the payloader on Constrained Baseline."""
    return f'tune=zerolatency speed-preset=veryfast ! video/x-h264,profile={profile}'


WITH_B_FRAMES = 'bframes=2 b-adapt=false speed-preset=veryfast ! video/x-h264,profile=main'


def picture(width=WIDTH, height=HEIGHT):
    """A ball that sweeps a circle, on a ground that turns from black to white or back whenever `SOUND` ticks."""
    return (
        'videotestsrc is-live=true pattern=ball motion=sweep flip=true '
        f'! video/x-raw,format=I420,width={width},height={height},framerate={FPS}/1'
    )


# Beside the picture of `/h264-aac`: what a test of lip sync measures.
TICKS = f'audiotestsrc is-live=true wave=ticks tick-interval={TICK_NANOSECONDS} ! audioconvert ! audioresample ! queue'
def tone(rate, channels=1):
    """1000 Hz; in stereo 440 Hz on the left and 1000 Hz on the right."""

    def sine(frequency, position=''):
        caps = f'audio/x-raw,rate={rate},channels=1{position}'
        return f'audiotestsrc is-live=true wave=sine freq={frequency} volume=0.5 ! {caps} ! queue'

    if channels == 1:
        return f'{sine(1000)} ! audioconvert'
    left, right = sine(440, ',channel-mask=(bitmask)0x1'), sine(1000, ',channel-mask=(bitmask)0x2')
    return f'interleave name=stereo {left} ! stereo.sink_0 {right} ! stereo.sink_1 stereo. ! audioconvert ! queue'


def aac(pay, source=None):
    return f'{source or tone(48000)} ! audio/x-raw,rate=48000,channels=1 ! avenc_aac ! rtpmp4gpay name={pay} pt=97'


MOUNTS = {
    '/h264': f'( {picture()} ! {h264(1500)} )',
    '/h264-aac': f'( {picture()} ! {h264(1500)} {aac("pay1", TICKS)} )',
    '/mpeg4': f'( {picture()} ! queue ! avenc_mpeg4 ! rtpmp4vpay name=pay0 pt=96 )',
    '/audio-only': f'( {aac("pay0")} )',
}

# The simulated camera's clip, as a file that can be sought in: each picture holds its number (see make-clip.sh), 25 a
# second and a keyframe each second. Whoever watches has a place of his own.
CLIP = pathlib.Path(__file__).parents[2] / 'bridge/simulated-camera/clip.mp4'
RECORDED_MOUNTS = {
    '/recording': f'( filesrc location="{CLIP}" ! qtdemux name=file '
    'file.video_0 ! queue ! h264parse ! rtph264pay name=pay0 pt=96 config-interval=-1 '
    'file.audio_0 ! queue ! aacparse ! rtpmp4gpay name=pay1 pt=97 )',
}

CLOCK_SOURCE = (
    'appsrc name=clock is-live=true format=time do-timestamp=true '
    f'caps=video/x-raw,format=I420,width={WIDTH},height={HEIGHT},framerate={CLOCK_FPS}/1'
)


def clock(encoder_and_payloader, sound=''):
    return f'( {CLOCK_SOURCE} ! {encoder_and_payloader} {sound} )'


def without_queue(encoder_and_payloader):
    return encoder_and_payloader.removeprefix('queue ! ')


CLOCK_H264 = h264(1500, CLOCK_FPS)
H265 = (
    f'queue ! x265enc tune=zerolatency speed-preset=ultrafast key-int-max={CLOCK_FPS} bitrate=1500 ! h265parse '
    '! rtph265pay name=pay0 pt=96 config-interval=-1'
)
# Each pixel becomes nine, so that the clock is read from the same places of a picture that is drawn smaller.
TO_1080 = 'videoscale method=nearest-neighbour ! video/x-raw,width=1920,height=1080'

CLOCK_MOUNTS = {
    '/clock': clock(CLOCK_H264),
    '/clock-aac': clock(CLOCK_H264, aac('pay1')),
    # For figures of delay: a queue in front of the encoder costs a picture's time.
    '/clock-direct': clock(without_queue(CLOCK_H264)),
    '/clock-aac-direct': clock(without_queue(CLOCK_H264), aac('pay1')),
    '/clock-aac-unheld': clock(without_queue(CLOCK_H264), aac('pay1')),
    '/clock-4s': clock(without_queue(h264(1500, 4 * CLOCK_FPS))),
    '/clock-15': clock(f'videorate ! video/x-raw,framerate=15/1 ! {without_queue(h264(1000, 15))}'),
    '/h264-main': clock(h264(1500, CLOCK_FPS, of_profile('main'))),
    '/h264-high': clock(h264(1500, CLOCK_FPS, of_profile('high'))),
    '/h264-b': clock(h264(1500, 2 * FPS, WITH_B_FRAMES)),
    '/h264-1080': clock(f'{TO_1080} ! {h264(6000, 2 * FPS)}'),
    '/h265': clock(H265),
    '/h265-aac': clock(H265, aac('pay1')),
    '/vp8': clock('queue ! vp8enc deadline=1 cpu-used=8 keyframe-max-dist=30 ! rtpvp8pay name=pay0 pt=96'),
    '/vp9': clock('queue ! vp9enc deadline=1 cpu-used=8 keyframe-max-dist=30 ! rtpvp9pay name=pay0 pt=96'),
    '/mjpeg': clock('queue ! jpegenc ! rtpjpegpay name=pay0 pt=26'),
    '/h264-pcmu': clock(CLOCK_H264, f'{tone(8000)} ! mulawenc ! rtppcmupay name=pay1 pt=0'),
    '/h264-pcma': clock(CLOCK_H264, f'{tone(8000)} ! alawenc ! rtppcmapay name=pay1 pt=8'),
    '/h264-g722': clock(CLOCK_H264, f'{tone(16000)} ! avenc_g722 ! rtpg722pay name=pay1 pt=9'),
    '/h264-g726': clock(CLOCK_H264, f'{tone(8000)} ! avenc_g726 ! rtpg726pay force-aal2=false name=pay1 pt=97'),
    '/h264-l16': clock(CLOCK_H264, f'{tone(16000)} ! rtpL16pay name=pay1 pt=97'),
    '/h264-opus': clock(CLOCK_H264, f'{tone(48000, 2)} ! opusenc ! rtpopuspay name=pay1 pt=97'),
    '/h264-latm': clock(CLOCK_H264, f'{tone(48000)} ! avenc_aac ! rtpmp4apay name=pay1 pt=97'),
    '/h264-mp3': clock(CLOCK_H264, f'{tone(44100, 2)} ! lamemp3enc ! rtpmpapay name=pay1 pt=14'),
}


# GStreamer sends picture and sound of the same moment at the same moment, and so holds the picture until the sound is encoded.
# Cameras do not: these send each as it is ready.
UNHELD_MOUNTS = ['/clock-aac-unheld']

# What `/clock-direct` is after somebody changed the camera's settings: another size and another profile.
LARGER = 'videoscale method=nearest-neighbour ! video/x-raw,width=960,height=540'
LARGER_CLOCK = clock(f'{LARGER} ! {without_queue(h264(2500, CLOCK_FPS, of_profile("main")))}')


class ClockPainter:
    """Frames in I420 with the wall clock on top and a bar that moves below."""

    _BLACK, _WHITE = bytes([16]) * CLOCK_BLOCK, bytes([235]) * CLOCK_BLOCK
    _RIGHT_OF_BLOCKS = bytes([16]) * (WIDTH - CLOCK_BITS * CLOCK_BLOCK)
    _GREY = bytes([128]) * (WIDTH * HEIGHT // 2)
    _BAR, _STEP = 40, 7

    def frame(self, number):
        milliseconds = time.time_ns() // 1_000_000
        bits = (milliseconds >> bit & 1 for bit in reversed(range(CLOCK_BITS)))
        clock_row = b''.join(self._WHITE if bit else self._BLACK for bit in bits) + self._RIGHT_OF_BLOCKS
        left = number * self._STEP % (WIDTH - self._BAR)
        bar_row = bytes([60]) * left + bytes([200]) * self._BAR + bytes([60]) * (WIDTH - self._BAR - left)
        return clock_row * CLOCK_ROWS + bar_row * (HEIGHT - CLOCK_ROWS) + self._GREY


class ClockFactory(GstRtspServer.RTSPMediaFactory):
    """Feeds the painter's frames into the `appsrc` of its pipeline, CLOCK_FPS a second, for as long as someone watches."""

    def __init__(self, pipeline):
        super().__init__()
        self._pipeline = pipeline

    def do_create_element(self, _url):
        pipeline = Gst.parse_launch(self._pipeline)
        source = pipeline.get_by_name('clock')
        started = threading.Event()

        def paint():
            painter, number, due = ClockPainter(), 0, time.monotonic()
            # Anything but OK means that the last viewer left and the pipeline is being taken down.
            while source.emit('push-buffer', Gst.Buffer.new_wrapped(painter.frame(number))) == Gst.FlowReturn.OK:
                number += 1
                due = max(due + 1 / CLOCK_FPS, time.monotonic() - 1 / CLOCK_FPS)
                time.sleep(max(0.0, due - time.monotonic()))

        def start(*_):
            if not started.is_set():
                started.set()
                threading.Thread(target=paint, daemon=True).start()

        source.connect('need-data', start)
        return pipeline


def refuse_seeking(_factory, media):
    """A camera cannot seek. The test sources can, and the server would seek at each PLAY with `Range: npt=0-`: in vain
    beside an appsrc (503), and under the feet of those who watch already."""

    def refuse(_pad, info):
        query = info.get_query()
        return Gst.PadProbeReturn.DROP if query.type == Gst.QueryType.SEEKING else Gst.PadProbeReturn.OK

    sources = media.get_element().iterate_sources()
    while True:
        result, source = sources.next()
        if result != Gst.IteratorResult.OK:
            break
        source.get_static_pad('src').add_probe(Gst.PadProbeType.QUERY_UPSTREAM, refuse)


def hold_nothing(_factory, media):
    media.get_element().get_parent().set_latency(0)


def factory_of(pipeline):
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_launch(pipeline)
    return factory


def authentication(scheme, user, password):
    token = GstRtspServer.RTSPToken()
    token.set_string('media.factory.role', 'viewer')
    auth = GstRtspServer.RTSPAuth()
    if scheme == 'basic':
        auth.add_basic(GstRtspServer.RTSPAuth.make_basic(user, password), token)
    else:
        auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
        auth.add_digest(user, password, token)
    return auth


def viewer_role():
    role = Gst.Structure.new_empty('viewer')
    role.set_value('media.factory.access', True)
    role.set_value('media.factory.construct', True)
    return role


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--port', type=int, default=0, help='0, the default, takes a free one')
    parser.add_argument('--user')
    parser.add_argument('--password', default='')
    parser.add_argument('--auth', choices=['basic', 'digest'], default='digest')
    parser.add_argument('--file', type=pathlib.Path, help='an MP4 file with H.264, offered as /file')
    parser.add_argument('--udp-only', action='store_true', help='refuse TCP interleaved with 461')
    parser.add_argument('--larger', action='store_true', help='/clock-direct at 960x540, in the Main profile')
    return parser.parse_args()


def main():
    options = parse_options()
    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address('127.0.0.1')
    server.set_service(str(options.port))
    if options.user:
        server.set_auth(authentication(options.auth, options.user, options.password))

    factories = {path: factory_of(pipeline) for path, pipeline in MOUNTS.items()}
    clock_mounts = CLOCK_MOUNTS | ({'/clock-direct': LARGER_CLOCK} if options.larger else {})
    factories |= {path: ClockFactory(pipeline) for path, pipeline in clock_mounts.items()}
    for factory in factories.values():
        factory.set_shared(True)
        factory.connect('media-configure', refuse_seeking)
    for path in UNHELD_MOUNTS:
        factories[path].connect('media-configure', hold_nothing)
    factories |= {path: factory_of(pipeline) for path, pipeline in RECORDED_MOUNTS.items()}
    if options.file:
        pipeline = f'( filesrc location="{options.file}" ! qtdemux ! h264parse ! rtph264pay name=pay0 pt=96 config-interval=-1 )'
        factories['/file'] = factory_of(pipeline)
    for path, factory in factories.items():
        if options.udp_only:
            factory.set_protocols(GstRtsp.RTSPLowerTrans.UDP)
        if options.user:
            factory.add_role_from_structure(viewer_role())
        server.get_mount_points().add_factory(path, factory)

    if server.attach(None) == 0:
        sys.exit(f'cannot listen on 127.0.0.1:{options.port}: is the port taken?')
    print(json.dumps({'port': server.get_bound_port(), 'mounts': sorted(factories)}), flush=True)

    loop = GLib.MainLoop()
    # Reading in a thread, not by a GLib watch: this works for a pipe, a terminal and /dev/null alike.
    threading.Thread(target=lambda: (sys.stdin.read(), loop.quit()), daemon=True).start()
    try:
        loop.run()
    except KeyboardInterrupt:
        pass


main()
