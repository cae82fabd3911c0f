import { describe, expect, it } from 'vitest'
import { parseSessionDescription } from '../../../../protocol/sdp/session-description.ts'
import { chooseTracks } from '../../../../protocol/track/choice.ts'
import { push } from '../../depacketizer/packets.ts'

/** What a payload of 120 bytes becomes, or why nothing. */
function play(payloadType: number, rtpmap?: string) {
  const lines = [`m=audio 0 RTP/AVP ${payloadType}`, ...(rtpmap ? [`a=rtpmap:${payloadType} ${rtpmap}`] : [])]
  const { chosen, skipped } = chooseTracks(parseSessionDescription(lines.join('\n')), { audio: true })
  const [track] = chosen
  if (!track) return skipped[0]?.reason
  const [unit] = push(
    track.createDepacketizer(() => undefined),
    new Uint8Array(120).fill(0x2a),
  )
  if (unit?.configuration?.kind !== 'audio') return 'no sound'
  const { codec, sampleRate, channels } = unit.configuration
  return [codec, sampleRate, channels, unit.duration, track.format.clockRate]
}

describe('the payload formats of sampled sound', () => {
  it.each<[payloadType: number, rtpmap: string | undefined, played: unknown[]]>([
    [0, undefined, ['pcm-s16', 8000, 1, 120, 8000]],
    [8, undefined, ['pcm-s16', 8000, 1, 120, 8000]],
    [9, undefined, ['pcm-s16', 16_000, 1, 120, 8000]],
    [10, undefined, ['pcm-s16', 44_100, 2, 30, 44_100]],
    [11, undefined, ['pcm-s16', 44_100, 1, 60, 44_100]],
    [5, undefined, ['pcm-s16', 8000, 1, 232, 8000]],
    [6, undefined, ['pcm-s16', 16_000, 1, 232, 16_000]],
    [17, undefined, ['pcm-s16', 22_050, 1, 232, 22_050]],
    [96, 'PCMU/16000/2', ['pcm-s16', 16_000, 2, 60, 16_000]],
    [96, 'G722/8000', ['pcm-s16', 16_000, 1, 120, 8000]],
    // Against the RFC; the clock is what is stated.
    [96, 'G722/16000', ['pcm-s16', 16_000, 1, 240, 16_000]],
    [96, 'G726-16/8000', ['pcm-s16', 8000, 1, 480, 8000]],
    [96, 'G726-24/8000', ['pcm-s16', 8000, 1, 320, 8000]],
    [96, 'g726-32/8000', ['pcm-s16', 8000, 1, 240, 8000]],
    [96, 'G726-40/8000', ['pcm-s16', 8000, 1, 192, 8000]],
    [96, 'AAL2-G726-16/8000', ['pcm-s16', 8000, 1, 480, 8000]],
    [96, 'AAL2-G726-24/8000', ['pcm-s16', 8000, 1, 320, 8000]],
    [96, 'AAL2-G726-32/8000', ['pcm-s16', 8000, 1, 240, 8000]],
    [96, 'AAL2-G726-40/8000', ['pcm-s16', 8000, 1, 192, 8000]],
    [96, 'L8/11025', ['pcm-s16', 11_025, 1, 120, 11_025]],
    [96, 'L16/48000/2', ['pcm-s16', 48_000, 2, 30, 48_000]],
    [96, 'L24/96000/8', ['pcm-s24', 96_000, 8, 5, 96_000]],
  ])('payload type %i, rtpmap %s', (payloadType, rtpmap, played) => {
    expect(play(payloadType, rtpmap)).toEqual(played)
  })

  it.each(['L16/48000/9', 'G722/8000/2', 'G726-32/8000/2', 'DVI4/8000/2', 'L16/90', 'L16/1000000', 'CN/8000'])(
    'leave %s out',
    (rtpmap) => {
      expect(play(96, rtpmap)).toBe('the payload format is not supported')
    },
  )

  it('decode G.726 by the bit order of its name', () => {
    const units = ['G726-32/8000', 'AAL2-G726-32/8000'].map((rtpmap) => {
      const lines = ['m=audio 0 RTP/AVP 96', `a=rtpmap:96 ${rtpmap}`]
      const [track] = chooseTracks(parseSessionDescription(lines.join('\n')), { audio: true }).chosen
      const payload = rtpmap.startsWith('AAL2') ? [0x73, 0x1f, 0x50] : [0x37, 0xf1, 0x05]
      return (
        track &&
        push(
          track.createDepacketizer(() => undefined),
          payload,
        )[0]?.data
      )
    })
    expect(units[0]).toEqual(units[1])
    expect(new Set(units[0]).size).toBeGreaterThan(2)
  })
})
