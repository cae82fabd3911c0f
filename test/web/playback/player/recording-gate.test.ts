import { describe, expect, it, vi } from 'vitest'
import { Seconds } from '../../../../protocol/units.ts'
import { MAX_HELD, RecordingGate } from '../../../../web/playback/player/recording-gate.ts'
import type { SessionMessage } from '../../../../web/playback/stream/messages.ts'

const opened = (duration: number | null): SessionMessage => ({
  type: 'opened',
  duration: duration === null ? null : Seconds(duration),
  seekable: true,
})
const STAGE: SessionMessage = { type: 'stage', stage: 'set-up' }
const PICTURE: SessionMessage = { type: 'stage', stage: 'picture' }

/** A gate, and each of its loads in the hands of the test. */
const setUp = () => {
  const loading: { resolve: () => void; reject: (cause: Error) => void }[] = []
  const load = vi.fn(() => new Promise<void>((resolve, reject) => loading.push({ resolve, reject })))
  const followed: SessionMessage[] = []
  const failed = vi.fn()
  const gate = new RecordingGate(load, { follow: (message) => followed.push(message), failed })
  return { gate, load, loading, followed, failed }
}

describe('the gate before recordings', () => {
  it('hands on a live stream as it comes, and loads nothing', () => {
    const { gate, load, followed } = setUp()
    const told = [STAGE, opened(null), PICTURE]
    for (const message of told) gate.receive(message)
    expect(followed).toEqual(told)
    expect(load).not.toHaveBeenCalled()
  })

  it('holds a recording until what shows it is there, in its order; the next does not wait', async () => {
    const { gate, load, loading, followed } = setUp()
    gate.receive(STAGE)
    for (const message of [opened(60), PICTURE]) gate.receive(message)
    expect(followed).toEqual([STAGE])
    loading[0]?.resolve()
    await vi.waitFor(() => expect(followed).toEqual([STAGE, opened(60), PICTURE]))
    gate.reset()
    gate.receive(opened(30))
    expect(followed.at(-1)).toEqual(opened(30))
    expect(load).toHaveBeenCalledOnce()
  })

  it('forgets what waits with its session', async () => {
    const { gate, loading, followed, failed } = setUp()
    gate.receive(opened(60))
    gate.reset()
    gate.receive(opened(30))
    loading[0]?.resolve()
    loading[1]?.resolve()
    await vi.waitFor(() => expect(followed).toEqual([opened(30)]))
    expect(failed).not.toHaveBeenCalled()
  })

  it('says what is missing, and tries again with the next session', async () => {
    const { gate, loading, followed, failed } = setUp()
    gate.receive(opened(60))
    loading[0]?.reject(new TypeError('Failed to fetch'))
    await vi.waitFor(() => expect(failed).toHaveBeenCalledOnce())
    expect(failed.mock.calls[0]?.[0]).toMatchObject({ code: 'part-not-loaded' })
    gate.receive(opened(60))
    loading[1]?.resolve()
    await vi.waitFor(() => expect(followed).toEqual([opened(60)]))
  })

  it('gives up what does not come, rather than hold all that does', () => {
    const { gate, failed } = setUp()
    gate.receive(opened(60))
    for (let i = 1; i < MAX_HELD; i++) gate.receive(PICTURE)
    expect(failed).not.toHaveBeenCalled()
    gate.receive(PICTURE)
    expect(failed).toHaveBeenCalledOnce()
  })
})
