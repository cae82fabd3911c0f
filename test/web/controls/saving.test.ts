import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { ControlledPlayer } from '../../../web/controls/controlled-player.ts'
import { PlayerFiles } from '../../../web/controls/saving.ts'
import { words } from '../../../web/controls/words/en.ts'

let saved: string[]
let said: string[]
let player: FakePlayer
let files: PlayerFiles

class FakePlayer extends EventTarget {
  src = 'lobby'
  keep = 10
  videoWidth = 640
  duration = Number.POSITIVE_INFINITY
  recording = false
  fails = false

  async startRecording(): Promise<void> {
    if (this.fails) throw new Error('there is no room')
    this.recording = true
  }

  async stopRecording(): Promise<unknown> {
    return this.stop()
  }

  /** As recordings do by themselves, too. */
  stop(): unknown {
    this.recording = false
    const detail = { blob: new Blob(), begins: new Date(2026, 0, 2, 3, 4, 5) }
    this.dispatchEvent(new CustomEvent('recordingstop', { detail }))
    return detail
  }
}

beforeEach(() => {
  vi.useFakeTimers()
  saved = []
  said = []
  vi.stubGlobal('document', {
    createElement: () => ({
      href: '',
      download: '',
      click() {
        saved.push(this.download)
      },
    }),
  })
  player = new FakePlayer()
  files = new PlayerFiles(
    player as unknown as ControlledPlayer,
    () => words.controls,
    (sentence) => said.push(sentence),
  )
})

afterEach(() => {
  files.close()
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

it('a recording that another stream ends has the name of the one that it is of', async () => {
  files.record()
  await vi.advanceTimersByTimeAsync(0)
  player.src = 'yard'
  player.stop()
  expect(saved).toEqual(['lobby-2026-01-02-03-04-05.mp4'])
})

it('a recording of the page is none of the controls, also after theirs could not begin', async () => {
  player.stop()
  player.fails = true
  files.record()
  await vi.advanceTimersByTimeAsync(0)
  player.stop()
  expect(saved).toEqual([])
  expect(said).toEqual([expect.stringContaining('there is no room')])
})
