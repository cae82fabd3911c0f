import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { DeviationId } from '../../protocol/deviation.ts'
import { parseSessionDescription } from '../../protocol/sdp/session-description.ts'
import { chooseTracks } from '../../protocol/track/choice.ts'
import { type CameraStream, described, type Meeting, meet, settled } from './scripted-camera.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** AAC frames; they are not decoded here. */
const FRAME = [0x21, 0x10, 0x05, 0x00]
const FRAME_2 = [0x21, 0x1a, 0x44, 0x91, 0x07]

const HEAD = ['v=0', 'o=- 1 1 IN IP4 10.0.0.1', 's=Yard', 't=0 0']
const sdp = (rtpmap: string, fmtp: string | null) => [
  ...HEAD,
  'm=audio 0 RTP/AVP 97',
  `a=rtpmap:97 ${rtpmap}`,
  ...(fmtp === null ? [] : [`a=fmtp:97 ${fmtp}`]),
  'a=control:a',
]

/** AU headers of 13 and 3 bits, and the frames behind. */
function packet(...frames: number[][]): number[] {
  const headers = frames.flatMap(({ length }) => [length >> 5, (length << 3) & 0xff])
  return [0, frames.length * 16, ...headers, ...frames.flat()]
}

async function hear(lines: string[], play: (stream: CameraStream) => void): Promise<Meeting> {
  const camera = await meet({ DESCRIBE: described(`${lines.join('\n')}\n`) }).opens()
  play(camera.stream(0, { payloadType: 97 }))
  await settled()
  await camera.ends()
  return camera
}
const framesOf = (camera: Meeting) => camera.samples.map((sample) => sample.data)
const soundOf = (camera: Meeting) => {
  const configuration = camera.events.initializationSegment.mock.calls.at(-1)?.[0].configuration
  return configuration?.kind === 'audio' ? [configuration.sampleRate, configuration.channels] : null
}
function tolerated(lines: string[]): DeviationId[] {
  const met = new Set<DeviationId>()
  chooseTracks(parseSessionDescription(lines.join('\r\n')), { audio: true, report: (id) => void met.add(id) })
  return [...met].sort()
}

describe('the fmtp', () => {
  const LENGTHS = 'sizelength=13;indexlength=3;indexdeltalength=3'

  it.each<[rtpmap: string, fmtp: string | null, sound: [number, number], met: DeviationId[]]>([
    ['MPEG4-GENERIC/16000/1', `mode=AAC-hbr;config=1408;${LENGTHS}`, [16_000, 1], []],
    [
      'mpeg4-generic/48000/2',
      `streamtype=5; profile-level-id=1; mode=AAC-hbr; config=1190; ${LENGTHS}`,
      [48_000, 2],
      [],
    ],
    ['MPEG4-GENERIC/16000', `streamType=5;profile-level-id=15;mode=aac-HBR;config=1408;${LENGTHS}`, [16_000, 1], []],
    ['MPEG4-GENERIC/16000/1', `mode=AAC_hbr;config=1408;${LENGTHS}`, [16_000, 1], []],
    [
      'MPEG4-GENERIC/16000/1',
      `MODE=AAC-HBR;CONFIG=1408;SizeLength=13;IndexLength=3;IndexDeltaLength=3;`,
      [16_000, 1],
      [],
    ],
    ['MPEG4-GENERIC/16000/1', 'mode=AAC-hbr;config=1408', [16_000, 1], []],
    ['MPEG4-GENERIC/16000/1', 'mode=AAC-hbr;config=1408;sizelength=;indexlength=x', [16_000, 1], []],
    ['MPEG4-GENERIC/16000/1', `config=1408;${LENGTHS}`, [16_000, 1], ['aac-mode-unknown']],
    ['MPEG4-GENERIC/16000/1', `mode=AAC;config=1408;${LENGTHS}`, [16_000, 1], ['aac-mode-unknown']],
    ['MPEG4-GENERIC/16000/1', `mode=generic;config=1408;${LENGTHS}`, [16_000, 1], []],
    ['MPEG4-GENERIC/16000/1', `streamtype=3;profile-level-id=999;mode=AAC-hbr;config=1408;${LENGTHS}`, [16_000, 1], []],
    ['MPEG4-GENERIC/44100/2', `mode=AAC-hbr;${LENGTHS}`, [44_100, 2], ['aac-config-missing']],
    ['MPEG4-GENERIC/44100/2', `mode=AAC-hbr;config=;${LENGTHS}`, [44_100, 2], ['aac-config-missing']],
    ['MPEG4-GENERIC/44100/2', `mode=AAC-hbr;config=xyz;${LENGTHS}`, [44_100, 2], ['aac-config-malformed']],
    ['MPEG4-GENERIC/44100/2', `mode=AAC-hbr;config=ffffffff;${LENGTHS}`, [44_100, 2], ['aac-config-malformed']],
    ['MPEG4-GENERIC/44100/2', `mode=AAC-hbr;config=121;${LENGTHS}`, [44_100, 2], ['aac-config-malformed']],
    ['MPEG4-GENERIC/44100/2', `mode=AAC-hbr;config="1210";${LENGTHS}`, [44_100, 2], []],
    ['MPEG4-GENERIC/44100/2', `mode=AAC-hbr;config=0x1210;${LENGTHS}`, [44_100, 2], []],
    ['MPEG4-GENERIC/8000/1', null, [8_000, 1], ['aac-config-missing', 'aac-mode-unknown']],
    ['MPEG4-GENERIC', 'mode=AAC-hbr;config=1408', [16_000, 1], ['rtpmap-without-clock-rate']],
    ['MPEG4-GENERIC/0/0', 'mode=AAC-hbr;config=1408', [16_000, 1], ['rtpmap-without-clock-rate']],
    ['MPEG4-GENERIC/16000/0', 'mode=AAC-hbr', [16_000, 1], ['aac-config-missing']],
  ])('a camera that states AAC as %s with %j', async (rtpmap, fmtp, sound, met) => {
    const camera = await hear(sdp(rtpmap, fmtp), (stream) => {
      stream.packet(0, packet(FRAME), true)
      stream.packet(1024, packet(FRAME_2), true)
    })
    expect(framesOf(camera)).toEqual([FRAME, FRAME_2])
    expect(soundOf(camera)).toEqual(sound)
    expect(camera.samples[1]?.start).toBeCloseTo(1024 / sound[0], 4)
    expect(tolerated(sdp(rtpmap, fmtp))).toEqual(met)
  })

  it('a camera whose sound cannot be made out, which does not cost the picture', async () => {
    const lines = [...sdp('MPEG4-GENERIC/48000/77', 'mode=AAC-hbr'), 'm=video 0 RTP/AVP 96', 'a=rtpmap:96 H264/90000']
    const camera = await meet({ DESCRIBE: described(`${lines.join('\n')}\n`) }).plays()
    expect(camera.events.tracks.mock.calls[0]?.[1]).toMatchObject([{ reason: 'the payload format is not supported' }])
    await camera.ends()
  })

  it('a camera that sends AAC-lbr', async () => {
    const headers = (length: number) => (length << 2) & 0xff
    for (const fmtp of [
      'mode=AAC-lbr;config=1408;sizelength=6;indexlength=2;indexdeltalength=2',
      'mode=AAC-lbr;config=1408',
    ]) {
      const camera = await hear(sdp('MPEG4-GENERIC/16000/1', fmtp), (stream) => {
        stream.packet(0, [0, 16, headers(4), headers(5), ...FRAME, ...FRAME_2], true)
      })
      expect(framesOf(camera)).toEqual([FRAME, FRAME_2])
    }
  })

  it.each<[fmtp: string, packet: number[]]>([
    ['constantsize=4', [...FRAME, ...FRAME]],
    ['sizelength=16', [0, 32, 0, 4, 0, 4, ...FRAME, ...FRAME]],
    ['sizelength=8;randomaccessindication=1;streamstateindication=7', [0, 32, 4, 0x80, 4, 0x80, ...FRAME, ...FRAME]],
    ['sizelength=8;auxiliarydatasizelength=8;constantduration=1024', [0, 16, 4, 4, 8, 0xee, ...FRAME, ...FRAME]],
    ['sizelength=6;dtsdeltalength=4;ctsdeltalength=4', [0, 16, 0x10, 0x10, ...FRAME, ...FRAME]],
  ])('a camera that sends AAC in mode generic with %s', async (fmtp, bytes) => {
    const camera = await hear(sdp('MPEG4-GENERIC/16000/1', `mode=generic;config=1408;${fmtp}`), (stream) => {
      stream.packet(0, bytes, true)
    })
    expect(framesOf(camera)).toEqual([FRAME, FRAME])
    expect(camera.pipeline.statistics().tracks[0]?.malformed).toBe(0)
    expect(camera.tolerated).toEqual([])
  })

  it('a camera that sends CELP, which is another codec', async () => {
    const lines = sdp('MPEG4-GENERIC/8000', 'mode=CELP-cbr;config=440E00;constantsize=27')
    const error = await meet({ DESCRIBE: described(`${lines.join('\n')}\n`) }).fails()
    expect(error.code).toBe('no-playable-track')
  })
})

describe('packets', () => {
  const SOUND = sdp('MPEG4-GENERIC/16000/1', 'mode=AAC-hbr;config=1408;sizelength=13;indexlength=3;indexdeltalength=3')
  /** An ADTS header for AAC LC, 16 kHz, mono. */
  const adts = (frame: number[], stated = frame.length + 7) => [
    0xff,
    0xf1,
    0x60,
    0x40 | (stated >> 11),
    (stated >> 3) & 0xff,
    ((stated & 7) << 5) | 0x1f,
    0xfc,
    ...frame,
  ]
  const malformed = (camera: Meeting) => camera.pipeline.statistics().tracks[0]?.malformed

  it('a camera that puts several access units in a packet', async () => {
    const camera = await hear(SOUND, (stream) => {
      stream.packet(0, packet(FRAME, FRAME_2, FRAME), true)
      stream.packet(3 * 1024, packet(FRAME_2, FRAME), true)
    })
    expect(framesOf(camera)).toEqual([FRAME, FRAME_2, FRAME, FRAME_2, FRAME])
    expect(camera.samples.map((sample) => Math.round(sample.start * 16_000))).toEqual([0, 1024, 2048, 3072, 4096])
  })

  it('a camera that spreads an access unit over packets', async () => {
    const part = (bytes: number[]) => [0, 16, 0, FRAME_2.length << 3, ...bytes]
    const camera = await hear(SOUND, (stream) => {
      stream.packet(0, part(FRAME_2.slice(0, 3)), false)
      stream.packet(0, part(FRAME_2.slice(3)), true)
      stream.packet(1024, packet(FRAME), true)
    })
    expect(framesOf(camera)).toEqual([FRAME_2, FRAME])
  })

  it('a camera that loses a fragment', async () => {
    const part = (bytes: number[]) => [0, 16, 0, FRAME_2.length << 3, ...bytes]
    const camera = await hear(SOUND, (stream) => {
      stream.packet(0, part(FRAME_2.slice(0, 3)), false)
      stream.sequenceNumber++
      stream.packet(1024, packet(FRAME), true)
    })
    expect(framesOf(camera)).toEqual([FRAME])
    expect(camera.pipeline.statistics().tracks[0]).toMatchObject({ lost: 1, dropped: 1 })
  })

  it('a camera that puts ADTS inside RTP', async () => {
    const camera = await hear(SOUND, (stream) => {
      stream.packet(0, packet(adts(FRAME)), true)
      stream.packet(1024, packet(adts(FRAME_2), adts(FRAME)), true)
    })
    expect(framesOf(camera)).toEqual([FRAME, FRAME_2, FRAME])
  })

  it('a camera whose ADTS contradicts the SDP', async () => {
    const lines = sdp('MPEG4-GENERIC/16000/2', 'mode=AAC-hbr;config=1190')
    const camera = await hear(lines, (stream) => stream.packet(0, packet(adts(FRAME)), true))
    expect(soundOf(camera)).toEqual([16_000, 1])
  })

  it.each<[what: string, payload: number[]]>([
    ['counts bits', [0, 16, 0, (FRAME.length * 8) << 3, ...FRAME]],
    ['leaves out the ADTS header it sends', [0, 16, 0, FRAME.length << 3, ...adts(FRAME)]],
    ['has the AU-headers-length in bytes', [0, 2, 0, FRAME.length << 3, ...FRAME]],
  ])('a camera whose AU-size %s', async (_, payload) => {
    const [, , high = 0, low = 0, ...rest] = payload
    const carried = [payload[0] ?? 0, payload[1] ?? 0, high | (low >> 8), low & 0xff, ...rest]
    const camera = await hear(SOUND, (stream) => stream.packet(0, carried, true))
    expect(framesOf(camera)).toEqual([FRAME])
  })

  it('a camera whose AU-size is larger than the packet', async () => {
    const camera = await hear(SOUND, (stream) => {
      stream.packet(0, [0, 32, 0, 32, 0x40, 0, ...FRAME], true)
      stream.packet(1024, packet(FRAME), true)
    })
    expect(framesOf(camera).at(-1)).toEqual(FRAME)
    expect(malformed(camera)).toBe(1)
  })

  it('a camera that sends empty packets and cut-off headers', async () => {
    const camera = await hear(SOUND, (stream) => {
      for (const payload of [[], [0], [0, 16], [0, 16, 0], [0, 0], [0xff, 0xff, 0, 0], [0, 16, 0, 0]]) {
        stream.packet(0, payload, true)
      }
      stream.packet(1024, packet(FRAME), true)
    })
    expect(framesOf(camera)).toEqual([FRAME])
    expect(malformed(camera)).toBe(7)
  })

  it('a camera whose indices are nonsense', async () => {
    const camera = await hear(SOUND, (stream) => {
      for (const timestamp of [0, 2048, 4096]) {
        stream.packet(timestamp, [0, 32, 0, 32 | 5, 0, 40 | 7, ...FRAME, ...FRAME_2], true)
      }
    })
    expect(framesOf(camera)).toEqual([FRAME, FRAME_2, FRAME, FRAME_2, FRAME, FRAME_2])
    expect(camera.samples.map((sample) => Math.round(sample.start * 16_000))).toEqual(
      [0, 1, 2, 3, 4, 5].map((frame) => frame * 1024),
    )
  })

  it.each(['maxdisplacement=8192', 'de-interleavebuffersize=2000', ''])(
    'a camera that interleaves AAC, with %j in the SDP',
    async (stated) => {
      const numbered = (number: number) => [0x21, number]
      const interleaved = (...numbers: number[]) => [
        ...[0, numbers.length * 16],
        ...numbers.flatMap((number, index) => [
          0,
          (2 << 3) | (index === 0 ? 0 : number - (numbers[index - 1] ?? 0) - 1),
        ]),
        ...numbers.flatMap(numbered),
      ]
      const camera = await hear(sdp('MPEG4-GENERIC/16000/1', `mode=AAC-hbr;config=1408;${stated}`), (stream) => {
        for (const first of [0, 1, 2, 9, 10, 11]) {
          stream.packet(first * 1024, interleaved(first, first + 3, first + 6), true)
        }
      })
      const all = Array.from({ length: 18 }, (_, number) => number)
      expect(framesOf(camera)).toEqual(all.map(numbered))
      expect(camera.samples.map((sample) => Math.round(sample.start * 16_000))).toEqual(
        all.map((frame) => frame * 1024),
      )
      expect(malformed(camera)).toBe(0)
    },
  )

  it('a camera that sends ADTS frames without AU-headers', async () => {
    const camera = await hear(SOUND, (stream) => {
      stream.packet(0, [...adts(FRAME), ...adts(FRAME_2)], true)
    })
    expect(framesOf(camera)).toEqual([FRAME, FRAME_2])
    expect(malformed(camera)).toBe(0)
  })

  it('a camera that never sets the marker', async () => {
    const camera = await hear(SOUND, (stream) => {
      stream.packet(0, packet(FRAME), false)
      stream.packet(1024, packet(FRAME_2), false)
    })
    expect(framesOf(camera)).toEqual([FRAME, FRAME_2])
  })
})
