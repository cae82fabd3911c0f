#!/usr/bin/python3
"""Makes g726-fixture.json: half a second of a siren, coded and decoded by SpanDSP (Debian: libspandsp2), an
implementation of ITU-T G.726. ffmpeg is none to compare with: it rounds block MIX otherwise, and has the leak of the
lower rates at 40 kbit/s."""

import base64
import ctypes
import hashlib
import json
import math
import pathlib
import struct

LINEAR, LEFT, RIGHT = 0, 1, 2  # G726_ENCODING_LINEAR, G726_PACKING_LEFT and _RIGHT
SAMPLES = 4000

spandsp = ctypes.CDLL('libspandsp.so.2')
spandsp.g726_init.restype = ctypes.c_void_p
spandsp.g726_init.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_int, ctypes.c_int]
for work in (spandsp.g726_encode, spandsp.g726_decode):
    work.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_int]


def siren(i):
    t = i / 8000
    rising = 9000 * math.sin(2 * math.pi * (300 + 1500 * t) * t)
    return int(rising + 6000 * math.sin(2 * math.pi * 1777 * t) * math.sin(2 * math.pi * 3 * t))


# From the middle on the tone stops at once, and silence follows: a transition in the sense of the standard.
sound = struct.pack(f'<{SAMPLES}h', *(siren(i) if i < 3000 else 0 for i in range(SAMPLES)))


def run(work, state, data, count, most):
    into = ctypes.create_string_buffer(most)
    length = work(state, into, data, count)
    return into.raw, length


fixture = {}
for bits in (2, 3, 4, 5):
    for packing, name in ((RIGHT, 'G726'), (LEFT, 'AAL2-G726')):
        encoder = spandsp.g726_init(None, bits * 8000, LINEAR, packing)
        raw, length = run(spandsp.g726_encode, encoder, sound, SAMPLES, SAMPLES)
        coded = raw[:length]
        decoder = spandsp.g726_init(None, bits * 8000, LINEAR, packing)
        raw, length = run(spandsp.g726_decode, decoder, coded, len(coded), SAMPLES * 4)
        fixture[f'{name}-{bits * 8}'] = {
            'coded': base64.b64encode(coded).decode(),
            'samples': length,
            'sha256': hashlib.sha256(raw[: length * 2]).hexdigest(),
        }

path = pathlib.Path(__file__).with_name('g726-fixture.json')
path.write_text(json.dumps(fixture, indent=2) + '\n')
