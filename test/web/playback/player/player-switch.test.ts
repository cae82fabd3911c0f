import { describe, expect, it, vi } from 'vitest'
import { Seconds } from '../../../../protocol/units.ts'
import { StreamSwitch } from '../../../../web/playback/player/player-switch.ts'
import type { SessionMessage } from '../../../../web/playback/stream/messages.ts'

const tracks = (...kinds: readonly ('video' | 'audio')[]): SessionMessage => ({
  type: 'tracks',
  tracks: kinds.map((kind, index) => ({ id: index + 1, kind, encoding: 'H264', clockRate: 90_000 })),
  skipped: [],
})
const opened = (duration: number | null): SessionMessage => ({
  type: 'opened',
  duration: duration === null ? null : Seconds(duration),
  seekable: false,
})
const stage = (stage: 'connected' | 'set-up' | 'picture'): SessionMessage => ({ type: 'stage', stage })
const renderer = (kind: 'video' | 'audio', name: string) =>
  ({
    type: 'renderer',
    renderer: { track: { kind }, choice: { renderer: name, reason: '' } },
  }) as unknown as SessionMessage

/** Which of the messages makes it ready. */
const readyWith = (...messages: readonly SessionMessage[]): SessionMessage | undefined => {
  const next = new StreamSwitch()
  return messages.find((message) => next.isReadyWith(message))
}

describe('a session beside the one that plays', () => {
  it('takes over with its first picture', () => {
    const picture = stage('picture')
    const before = [stage('connected'), tracks('video', 'audio'), opened(null), stage('set-up')]
    expect(readyWith(...before, renderer('video', 'media-source'), renderer('audio', 'audio-worklet'), picture)).toBe(
      picture,
    )
  })

  it('takes over when it is known that its pictures go to a canvas, for they come no sooner', () => {
    const canvas = renderer('video', 'webcodecs')
    expect(readyWith(tracks('video'), opened(null), canvas, stage('picture'))).toBe(canvas)
  })

  it('takes over at once where nothing is to be seen, or where a place is to be asked for', () => {
    const live = opened(null)
    const recorded = opened(60)
    expect(readyWith(tracks('audio'), live)).toBe(live)
    expect(readyWith(tracks('video'), recorded)).toBe(recorded)
  })

  it('keeps what it tells up to then in its order, and answers what it is asked', () => {
    vi.stubGlobal('MediaSource', { isTypeSupported: () => true })
    const next = new StreamSwitch()
    const track = vi.fn()
    next.handle = { track, command: vi.fn(), renew: vi.fn(), close: vi.fn() }
    const told = [tracks('video'), opened(null), stage('set-up')]
    for (const message of [told[0], { type: 'supported?', mimeType: 'video/mp4' }, ...told.slice(1)]) {
      next.isReadyWith(message as SessionMessage)
    }
    expect(next.told).toEqual(told)
    expect(track).toHaveBeenCalledWith({ name: 'supported', mimeType: 'video/mp4', supported: true })
    vi.unstubAllGlobals()
  })

  it('does not keep more and more of a session that tells on and on', () => {
    const next = new StreamSwitch()
    let count = 0
    while (!next.isReadyWith(stage('connected')) && count < 1_000) count += 1
    expect(count).toBeLessThan(100)
    next.isReadyWith({ type: 'closed', error: null })
  })
})
