import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { DeviationId } from '../../protocol/deviation.ts'
import { parseSessionDescription } from '../../protocol/sdp/session-description.ts'
import { chooseTracks } from '../../protocol/track/choice.ts'
import { described, IDR, type Meeting, meet, PPS, SDP, SLICE, SPS, settled } from './scripted-camera.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** A camera with this session description, opened. */
const opened = (sdp: string | string[]) =>
  meet({ DESCRIBE: described(Array.isArray(sdp) ? `${sdp.join('\n')}\n` : sdp) }).opens()

/** A camera whose picture is shown with this session description. */
async function shows(sdp: string | string[]): Promise<Meeting> {
  const camera = await opened(sdp)
  await camera.shows()
  return camera
}

/** What is tolerated of a session description. */
function tolerated(sdp: string | Uint8Array | string[]): DeviationId[] {
  const met = new Set<DeviationId>()
  const report = (id: DeviationId) => void met.add(id)
  const text = Array.isArray(sdp) ? sdp.join('\r\n') : sdp
  chooseTracks(parseSessionDescription(text, report), { audio: true, report })
  return [...met].sort()
}

const tracksOf = (camera: Meeting) =>
  camera.events.tracks.mock.calls[0]?.[0].map((track) => `${track.kind} ${track.encoding}/${track.clockRate}`)

const LINES = SDP.trim().split('\n')
const HEAD = ['v=0', 'o=- 1 1 IN IP4 10.0.0.1', 's=Yard', 't=0 0']
const VIDEO = ['m=video 0 RTP/AVP 96', 'a=rtpmap:96 H264/90000', 'a=control:v']
const AUDIO = [
  'm=audio 0 RTP/AVP 97',
  'a=rtpmap:97 MPEG4-GENERIC/16000/1',
  'a=fmtp:97 mode=AAC-hbr;config=1408;sizelength=13;indexlength=3;indexdeltalength=3',
  'a=control:a',
]

it('a camera that describes itself as it should', () => {
  expect(tolerated(LINES)).toEqual([])
})

describe('lines', () => {
  const replaced = (from: RegExp, ...to: string[]) => LINES.flatMap((line) => (from.test(line) ? to : [line]))

  it.each<[what: string, text: string, met: DeviationId[]]>([
    ['line feeds alone', LINES.join('\n'), []],
    ['carriage returns alone', LINES.join('\r'), []],
    ['no last line end', LINES.join('\r\n'), []],
    ['empty lines', LINES.join('\r\n\r\n'), []],
    ['doubled carriage returns', LINES.join('\r\r\n'), []],
    ['blanks round the equals signs', LINES.map((line) => line.replace('=', ' = ')).join('\n'), ['sdp-line-malformed']],
    ['blanks in front of lines', LINES.map((line) => `  ${line}`).join('\n'), ['sdp-line-malformed']],
    ['tabs at the end of lines', LINES.map((line) => `${line}\t `).join('\n'), ['sdp-line-malformed']],
    [
      'upper-case types',
      LINES.map((line) => line.replace(/^\w/, (type) => type.toUpperCase())).join('\n'),
      ['sdp-line-malformed'],
    ],
    ['no v= line', replaced(/^v=/).join('\n'), ['sdp-line-missing']],
    ['no o= line', replaced(/^o=/).join('\n'), ['sdp-line-missing']],
    ['no s= line', replaced(/^s=/).join('\n'), ['sdp-line-missing']],
    ['no t= line', replaced(/^t=/).join('\n'), ['sdp-line-missing']],
    ['media alone', LINES.slice(LINES.findIndex((line) => line.startsWith('m='))).join('\n'), ['sdp-line-missing']],
    ['v= in the middle', [...LINES.slice(1, 4), 'v=0', ...LINES.slice(4)].join('\n'), []],
    ['s= twice', replaced(/^s=/, 's=Yard', 's=Media Server').join('\n'), ['sdp-line-malformed']],
    ['an empty s=', replaced(/^s=/, 's=').join('\n'), ['sdp-line-malformed']],
    ['c=IN alone', replaced(/^c=/, 'c=IN').join('\n'), ['sdp-line-malformed']],
    ['an empty c=', replaced(/^c=/, 'c=').join('\n'), ['sdp-line-malformed']],
    ['o= with too many fields', replaced(/^o=/, 'o=- 1 1 IN IP4 10.0.0.1 extra').join('\n'), ['sdp-line-malformed']],
    [
      'o= with fields that are no numbers',
      replaced(/^o=/, 'o=Yard cam1 v2 IN IP4 0').join('\n'),
      ['sdp-line-malformed'],
    ],
    [
      'o= with blanks in the name',
      replaced(/^o=/, 'o=My Camera 1 1 IN IP4 10.0.0.1').join('\n'),
      ['sdp-line-malformed'],
    ],
    ['t= with an open end', replaced(/^t=/, 't=0').join('\n'), ['sdp-line-malformed']],
    ['a bandwidth without number', replaced(/^c=/, 'b=AS:').join('\n'), ['sdp-line-malformed']],
    ['a bandwidth with a unit', replaced(/^c=/, 'b=AS:2048 kbps').join('\n'), ['sdp-line-malformed']],
    ['a type nobody knows', replaced(/^c=/, 'y=0100000001', 'f=v/2/4').join('\n'), []],
    ['lines that are none', replaced(/^c=/, 'hello', '=', 'a', ':', 'ab=c').join('\n'), ['sdp-line-malformed']],
    ['NUL bytes at its end', `${LINES.join('\r\n')}\r\n\0\0\0`, []],
    ['a byte order mark', `\ufeff${LINES.join('\r\n')}`, []],
    [
      'm= of a type nobody knows',
      [...LINES, 'm=x-vendor 0 RTP/AVP 112', 'a=control:x'].join('\n'),
      ['sdp-line-malformed'],
    ],
  ])('a camera whose SDP has %s', async (_, text, met) => {
    const camera = await meet({
      DESCRIBE: (request) => {
        const body = new TextEncoder().encode(text)
        camera.server.send(
          `RTSP/1.0 200 OK\r\nCSeq: ${request.headers.get('CSeq')}\r\nContent-Length: ${body.length}\r\n\r\n`,
        )
        camera.server.send(body)
        return null
      },
    })
    await camera.plays({ video: 0, audio: 2 })
    expect(tolerated(text)).toEqual(met)
    await camera.ends()
  })

  it('a camera that writes its name in Latin-1', () => {
    const bytes = Uint8Array.from(SDP.replace('Yard', 'Café Süd').trim(), (letter) => letter.charCodeAt(0))
    const description = parseSessionDescription(bytes)
    expect(description.name).toBe('Café Süd')
    expect(description.media).toHaveLength(2)
    expect(tolerated(bytes)).toEqual(['sdp-not-utf8'])
  })
})

describe('m= lines', () => {
  it.each([
    'm=video 49170/2 RTP/AVP 96',
    'm=video 65536 RTP/AVP 96',
    'm=video RTP/AVP 96',
    'm=video 0 RTP/AVP/TCP 96',
    'm=video 0 RTP/AVPF 96',
    'm=video 0 rtp/avp 96',
    'm=video 0 RTP / AVP 96',
    'm=video  0\tRTP/AVP  96 ',
    'm=Video 0 RTP/AVP 96',
    'm=video 0 TCP/RTP/AVP 96',
    'm=video 0 RTP/AVP 96 96',
    'm=video 0 RTP/AVP 96,97',
    'm=video 0 RTP/AVP 97 96',
    'm=video 0 RTP/AVP',
    'm=video 0 96',
  ])('a camera that writes %j', async (line) => {
    const camera = await shows([...HEAD, line, 'a=rtpmap:96 H264/90000', 'a=control:v'])
    expect(tracksOf(camera)).toEqual(['video H264/90000'])
    await camera.ends()
  })

  it('a camera that offers only encrypted media', async () => {
    for (const line of ['m=video 0 RTP/SAVP 96', 'm=video 0 rtp/savp 96', 'm=video RTP/SAVP 96']) {
      const sdp = [...HEAD, line, 'a=rtpmap:96 H264/90000', 'a=control:v']
      const error = await meet({ DESCRIBE: described(`${sdp.join('\n')}\n`) }).fails()
      expect(error.code).toBe('no-playable-track')
      expect(error.message).toContain('encrypted (RTP/SAVP)')
    }
  })

  it('a camera that offers the picture encrypted and in the clear', async () => {
    const camera = await shows([
      ...HEAD,
      ...VIDEO.map((line) => line.replace('AVP', 'SAVPF').replace(':v', ':s')),
      ...VIDEO,
    ])
    expect(camera.addresses('SETUP')).toEqual(['rtsp://192.168.7.20/live/v'])
    await camera.ends()
  })
})

describe('rtpmap and fmtp', () => {
  it.each<[line: string, clockRate: number, met: DeviationId[]]>([
    ['a=rtpmap:96 H264/90000 ', 90_000, []],
    ['a=rtpmap:96  H264 / 90000', 90_000, ['rtpmap-malformed']],
    ['a=rtpmap:\t96\tH264/90000', 90_000, ['rtpmap-malformed']],
    ['a=rtpmap: 96 H264/90000', 90_000, []],
    ['a=rtpmap 96 H264/90000', 90_000, []],
    ['a=rtpmap:96 h264/90000', 90_000, []],
    ['a=rtpmap:96 H.264/90000', 90_000, []],
    ['a=rtpmap:96 X-H264/90000', 90_000, []],
    ['a=RTPMAP:96 H264/90000', 90_000, []],
    ['a=rtpmap:96 H264', 90_000, ['rtpmap-without-clock-rate']],
    ['a=rtpmap:96 H264/', 90_000, ['rtpmap-malformed', 'rtpmap-without-clock-rate']],
    ['a=rtpmap:96 H264/0', 90_000, ['rtpmap-without-clock-rate']],
    ['a=rtpmap:96 H264/999999999999', 90_000, ['rtpmap-without-clock-rate']],
    ['a=rtpmap:96 H264 90000', 90_000, ['rtpmap-malformed']],
    ['a=rtpmap:96H264/90000', 90_000, ['rtpmap-malformed']],
    ['a=rtpmap:96 H264/90000/1', 90_000, []],
    ['a=rtpmap:97 H264/90000', 90_000, ['rtpmap-other-payload-type']],
    ['a=rtpmap:H264/90000', 90_000, ['rtpmap-malformed', 'rtpmap-other-payload-type']],
  ])('a camera that writes %j', async (line, clockRate, met) => {
    const sdp = [...HEAD, 'm=video 0 RTP/AVP 96', line, 'a=control:v']
    const camera = await shows(sdp)
    expect(tracksOf(camera)).toEqual([`video H264/${clockRate}`])
    expect(tolerated(sdp).filter((id) => !id.startsWith('sdp'))).toEqual(met)
    await camera.ends()
  })

  const SPROP = `${Buffer.from(SPS).toString('base64')},${Buffer.from(PPS).toString('base64')}`
  /** A picture can be shown from this SDP alone: the camera sends no parameter sets in band. */
  async function showsBare(sdp: string[]): Promise<void> {
    const camera = await opened(sdp)
    camera.stream(0).send(0, [IDR])
    await settled()
    expect(camera.shown).toEqual(['video'])
    await camera.ends()
  }

  it.each([
    `a=fmtp:96 packetization-mode=1;profile-level-id=42C00C;sprop-parameter-sets=${SPROP}`,
    `a=fmtp:96 sprop-parameter-sets=${SPROP}`,
    `a=fmtp:96 packetization-mode=1; sprop-parameter-sets=${SPROP};`,
    `a=fmtp:96 packetization-mode=1 sprop-parameter-sets=${SPROP} profile-level-id=42C00C`,
    `a=fmtp:96 PACKETIZATION-MODE=1;Sprop-Parameter-Sets=${SPROP};PROFILE-LEVEL-ID=42C00C`,
    `a=fmtp:96 sprop-parameter-sets = ${SPROP} ; packetization-mode = 1`,
    `a=fmtp:96\tsprop-parameter-sets=${SPROP}`,
    `a=fmtp: 96 sprop-parameter-sets=${SPROP}`,
    `a=fmtp:96 sprop-parameter-sets="${SPROP}"`,
    `a=fmtp:96 ;;sprop-parameter-sets=${SPROP};;`,
    `a=fmtp:97 sprop-parameter-sets=${SPROP}`,
    `a=fmtp sprop-parameter-sets=${SPROP}`,
    `a=fmtp:96 sprop-parameter-sets=${SPROP};sprop-level-parameter-sets=x`,
  ])('a camera that writes %j', async (line) => {
    await showsBare([...HEAD, ...VIDEO, line])
    await showsBare([...HEAD, 'm=video 0 RTP/AVP 96', line, 'a=rtpmap:96 H264/90000'])
  })

  it('a camera that spreads its parameters over two fmtp lines', async () => {
    await showsBare([...HEAD, ...VIDEO, 'a=fmtp:96 packetization-mode=1', `a=fmtp:96 sprop-parameter-sets=${SPROP}`])
  })

  it('a camera that writes the fmtp of the picture under the sound, or before both', async () => {
    const stray = `a=fmtp:96 sprop-parameter-sets=${SPROP}`
    await showsBare([...HEAD, ...VIDEO, ...AUDIO, stray])
    await showsBare([...HEAD, stray, ...VIDEO, ...AUDIO])
    await showsBare([...HEAD, ...AUDIO, stray, ...VIDEO])
    expect(tolerated([...HEAD, ...VIDEO, ...AUDIO, stray])).toEqual(['sdp-attribute-misplaced'])
  })

  it('a camera that writes the rtpmap of the sound under the picture', async () => {
    const camera = await opened([...HEAD, ...VIDEO, AUDIO[1] ?? '', AUDIO[0] ?? '', ...AUDIO.slice(2)])
    expect(tracksOf(camera)).toEqual(['video H264/90000', 'audio MPEG4-GENERIC/16000'])
    await camera.shows({ video: 0, audio: 2 })
    await camera.ends()
  })

  it('a camera that gives picture and sound the same payload type', async () => {
    const camera = await opened([...HEAD, ...VIDEO, ...AUDIO.map((line) => line.replaceAll('97', '96'))])
    expect(tracksOf(camera)).toEqual(['video H264/90000', 'audio MPEG4-GENERIC/16000'])
    await camera.ends()
  })

  it('a camera that forgets the rtpmap, but not the parameters', async () => {
    const sdp = [...HEAD, 'm=video 0 RTP/AVP 96', `a=fmtp:96 packetization-mode=1;sprop-parameter-sets=${SPROP}`]
    await showsBare(sdp)
    expect(tolerated(sdp)).toContain('rtpmap-missing')
  })

  it('a camera that forgets packetization-mode and sends fragments all the same', async () => {
    const camera = await opened([...HEAD, ...VIDEO])
    const stream = camera.stream(0)
    stream.send(0, [SPS, PPS, [0x7c, 0x85, 0x88], [0x7c, 0x45, 0x84, 0x00, 0x10]])
    await settled()
    expect(camera.shown).toEqual(['video'])
    await camera.ends()
  })

  it('a camera that offers several formats in one m= line', async () => {
    const camera = await shows([
      ...HEAD,
      'm=video 0 RTP/AVP 98 96 26',
      'a=rtpmap:98 H263-1998/90000',
      ...VIDEO.slice(1),
    ])
    expect(tracksOf(camera)).toEqual(['video H264/90000'])
    await camera.ends()
  })

  it.each([
    ['m=audio 0 RTP/AVP 8', 'a=rtpmap:8 G711A/8000', 'PCMA'],
    ['m=audio 0 RTP/AVP 0', 'a=rtpmap:0 G711U/8000/1', 'PCMU'],
    ['m=audio 0 RTP/AVP 8', 'a=rtpmap:8 G.711/8000', 'PCMA'],
    ['m=audio 0 RTP/AVP 0', 'a=rtpmap:0 x-law/8000', 'PCMU'],
    ['m=audio 0 RTP/AVP 97', 'a=rtpmap:97 G711A/8000', 'PCMA'],
    ['m=audio 0 RTP/AVP 2', 'a=x:1', 'G726-32'],
    ['m=audio 0 RTP/AVP 97', 'a=rtpmap:97 mpeg-4-generic/16000\na=fmtp:97 mode=AAC-hbr', 'MPEG4-GENERIC'],
    ['m=audio 0 RTP/AVP 97', 'a=rtpmap:97 AAC/16000\na=fmtp:97 mode=AAC-hbr;config=1408', 'MPEG4-GENERIC'],
  ])('a camera that names its sound by %j and %j', async (media, line, encoding) => {
    const camera = await opened([...HEAD, ...VIDEO, media, line, 'a=control:a'])
    expect(tracksOf(camera)?.at(1)?.replace(/\/.*/, '')).toBe(`audio ${encoding}`)
    await camera.ends()
  })

  it('a camera that has another codec under the payload type of one that is known', async () => {
    const camera = await opened([...HEAD, ...VIDEO, 'm=audio 0 RTP/AVP 9', 'a=rtpmap:9 G729/8000', 'a=control:a'])
    expect(tracksOf(camera)).toHaveLength(1)
    await camera.ends()
  })

  it('a camera that offers static payload types without rtpmap', async () => {
    const camera = await shows([...HEAD, ...VIDEO, 'm=audio 0 RTP/AVP 3', 'a=control:a'])
    expect(camera.events.tracks.mock.calls[0]?.[1]).toMatchObject([{ media: 'audio', encoding: 'GSM' }])
    await camera.ends()
  })
})

describe('sprop-parameter-sets', () => {
  const base64 = (...bytes: (number | Uint8Array)[]) =>
    Buffer.from(bytes.flatMap((one) => (typeof one === 'number' ? [one] : [...one]))).toString('base64')
  const sps = base64(SPS)
  const pps = base64(PPS)

  it.each<[what: string, value: string, bare: boolean]>([
    ['missing', '', false],
    ['empty', 'sprop-parameter-sets=', false],
    ['an SPS alone', `sprop-parameter-sets=${sps}`, false],
    ['a PPS alone', `sprop-parameter-sets=,${pps}`, false],
    ['with a comma at the end', `sprop-parameter-sets=${sps},${pps},`, true],
    ['with a comma at the front', `sprop-parameter-sets=,${sps},${pps}`, true],
    ['with blanks', `sprop-parameter-sets= ${sps}, ${pps} `, true],
    ['with a blank for the comma', `sprop-parameter-sets=${sps} ${pps}`, true],
    ['without padding', `sprop-parameter-sets=${sps.replace(/=+$/, '')},${pps.replace(/=+$/, '')}`, true],
    ['with start codes', `sprop-parameter-sets=${base64(0, 0, 0, 1, SPS)},${base64(0, 0, 0, 1, PPS)}`, true],
    ['with a start code between, and no comma', `sprop-parameter-sets=${base64(SPS, 0, 0, 1, PPS)}`, true],
    ['in the wrong order', `sprop-parameter-sets=${pps},${sps}`, true],
    ['with zeros at the end', `sprop-parameter-sets=${base64(SPS, 0, 0)},${base64(PPS, 0)}`, true],
    ['cut off', `sprop-parameter-sets=${sps.slice(0, 6)},${pps}`, false],
    ['no base64', 'sprop-parameter-sets=%%%,(null)', false],
    ['with an SEI beside', `sprop-parameter-sets=${sps},${pps},${base64(6, 5, 1, 0, 0x80)}`, true],
  ])('a camera whose sprop-parameter-sets are %s', async (_, value, bare) => {
    const camera = await opened([...HEAD, ...VIDEO, `a=fmtp:96 packetization-mode=1;${value}`])
    const stream = camera.stream(0)
    stream.send(0, [IDR])
    await settled()
    expect(camera.shown).toEqual(bare ? ['video'] : [])
    stream.picture(3_000)
    await settled()
    expect(camera.shown.length).toBe(bare ? 2 : 1)
    await camera.ends()
  })

  it('a camera whose profile-level-id is wrong', async () => {
    const camera = await shows([...HEAD, ...VIDEO, 'a=fmtp:96 profile-level-id=640033;packetization-mode=1'])
    const [segment] = camera.events.initializationSegment.mock.calls[0] ?? []
    expect(segment?.mimeType).toContain('avc1.42C00C')
    await camera.ends()
  })

  it('a camera whose sprop-parameter-sets are of another picture than it sends', async () => {
    const other = 'Z0IAKeKQFge2'
    const camera = await shows([...HEAD, ...VIDEO, `a=fmtp:96 sprop-parameter-sets=${other},aM48gA==`])
    expect(camera.events.initializationSegment.mock.calls.at(-1)?.[0].mimeType).toContain('avc1.42C00C')
    camera.stream(0).send(3_000, [SLICE])
    await camera.ends()
  })
})
