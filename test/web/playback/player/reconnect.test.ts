import { describe, expect, it } from 'vitest'
import { PROTOCOL_ERROR_CODES } from '../../../../protocol/errors.ts'
import { Backoff, isRetryable } from '../../../../web/playback/player/reconnect.ts'

describe('Backoff', () => {
  it('doubles the delay up to half a minute', () => {
    const backoff = new Backoff(() => 1)
    const delays = Array.from({ length: 9 }, () => backoff.next(0))
    expect(delays).toEqual([500, 1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000])
  })

  it('spreads fifty players that lost one bridge over half of the delay', () => {
    const delays = Array.from({ length: 50 }, (_, i) => new Backoff(() => i / 50).next(0))
    expect(Math.min(...delays)).toBe(250)
    expect(Math.max(...delays)).toBeGreaterThan(490)
    expect(new Set(delays).size).toBe(50)
  })

  it('begins anew after ten seconds of play, and not before', () => {
    const backoff = new Backoff(() => 1)
    backoff.next(0)
    backoff.next(0)
    backoff.playing(1_000)
    expect(backoff.next(10_999)).toBe(2000)
    backoff.playing(20_000)
    backoff.playing(29_000)
    expect(backoff.next(30_000)).toBe(500)
  })

  it('begins anew when a person asks for it', () => {
    const backoff = new Backoff(() => 1)
    backoff.next(0)
    backoff.next(0)
    backoff.reset()
    expect(backoff.attempts).toBe(0)
    expect(backoff.next(0)).toBe(500)
  })
})

describe('isRetryable', () => {
  it('never repeats a wrong password, since cameras lock the account', () => {
    expect(isRetryable('unauthorized')).toBe(false)
  })

  it('repeats what passes by itself', () => {
    const passing = [
      'connection-lost',
      'bridge-draining',
      'bridge-unreachable',
      'connection-timeout',
      'no-media',
    ] as const
    expect(passing.filter((code) => !isRetryable(code))).toEqual([])
  })

  it('gives up where a person has to change something', () => {
    expect(PROTOCOL_ERROR_CODES.filter((code) => !isRetryable(code))).toMatchInlineSnapshot(`
      [
        "invalid-url",
        "not-rtsp",
        "bridge-request-invalid",
        "ticket-required",
        "origin-not-allowed",
        "target-not-allowed",
        "stream-not-found",
        "rtsp-head-too-large",
        "rtsp-body-too-large",
        "unauthorized",
        "forbidden",
        "not-found",
        "unsupported-transport",
        "redirected",
        "sdp-syntax",
        "no-playable-track",
        "codec-unsupported",
        "file-invalid",
        "media-source-unsupported",
        "aborted",
      ]
    `)
  })
})
