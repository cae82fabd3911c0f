import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import type { PlayerStateName } from '../../../web/index.ts'
import { playerIs, shownText } from '../browser.ts'
import type { Scenery } from './scenery.ts'

/** A state as people meet it: how it comes to that, and what they read. */
export interface Scene {
  /** That of its picture in docs/states/, too. */
  readonly name: string
  /** Of the player, beside `muted` and `controls`. */
  readonly attributes: string | ((scenery: Scenery) => Promise<string>)
  /** Where the page is; the bridge by default. */
  readonly page?: (scenery: Scenery) => string
  /** A browser that plays nothing before somebody has clicked. */
  readonly isStrict?: true
  readonly bringAbout?: (page: Page, scenery: Scenery) => Promise<void>
  readonly state: PlayerStateName
  /** What stands on the picture, in this order: what it is, and what can be done. */
  readonly says: readonly string[]
  /** What the details have, for whoever helps. */
  readonly details: RegExp
  /** The name of a button on the picture, by which it plays. */
  readonly playsBy?: string
}

const guarded = ({ guarded }: Scenery): string => guarded.url
const website = ({ website }: Scenery): string => website
const plays = (page: Page): Promise<void> => playerIs(page, 'playing')

export const SCENES: readonly Scene[] = [
  {
    name: 'idle',
    attributes: 'src="lobby"',
    state: 'idle',
    says: [],
    details: /state {7}idle/,
    playsBy: 'Play',
  },
  {
    name: 'autoplay-blocked',
    attributes: 'src="lobby" autoplay',
    isStrict: true,
    state: 'autoplay-blocked',
    says: ['The browser wants a click before it plays'],
    details: /state {7}autoplay-blocked/,
    playsBy: 'Play',
  },
  {
    name: 'connecting',
    attributes: 'src="silent" autoplay',
    state: 'connecting',
    says: ['Connecting…', 'It takes longer than usual.', 'Details'],
    details: /state {7}connecting/,
  },
  {
    name: 'waiting-for-keyframe',
    attributes: 'src="waiting" autoplay',
    state: 'waiting-for-keyframe',
    says: ['Waiting for the picture…', 'It takes longer than usual.', 'Details'],
    details: /ago {2}waiting-for-keyframe/,
  },
  {
    name: 'playing',
    attributes: 'src="lobby" autoplay',
    state: 'playing',
    says: [],
    details: /kind {8}live\n +video {7}avc1\S+ by media-source/,
  },
  {
    name: 'sound-only',
    attributes: 'src="sound" autoplay',
    state: 'playing',
    says: ['Sound only: there is no picture', 'Details'],
    details: /codec-unsupported: .*MPEG-4 Visual/,
  },
  {
    name: 'paused',
    attributes: 'src="lobby" autoplay',
    bringAbout: async (page) => {
      await plays(page)
      await page.evaluate(() => document.querySelector('rtsp-player')?.pause())
    },
    state: 'paused',
    says: ['Picture is', 'old'],
    details: /state {7}paused/,
  },
  {
    name: 'stale',
    attributes: 'src="yard" autoplay',
    bringAbout: async (page, { yard }) => {
      await plays(page)
      yard.down.fault = { kind: 'stall' }
    },
    state: 'stalled',
    says: ['Picture is', 'old', 'Details'],
    details: /ago {2}stalled/,
  },
  {
    name: 'reconnecting',
    attributes: 'src="gate" autoplay',
    bringAbout: async (page, { gate }) => {
      await plays(page)
      gate.close()
      await expect.poll(() => shownText(page), { timeout: 20_000 }).toMatch(/Reconnecting in [2-9] seconds/)
    },
    state: 'reconnecting',
    says: ['Reconnecting in', 'The camera refuses the connection', 'Check the address and port', 'Details'],
    details: /connection-refused: /,
  },
  {
    name: 'unreachable',
    attributes: 'src="gone" autoplay',
    state: 'reconnecting',
    says: ['Reconnecting', 'The camera refuses the connection of the bridge.', 'switched on', 'Details'],
    details: /connection-refused: /,
  },
  {
    name: 'no-such-stream',
    attributes: 'src="cellar" autoplay',
    state: 'failed',
    says: ['no such stream', 'Check the name', 'Try again', 'Details'],
    details: /stream-not-found: .*\n.*advice: Check the name/,
  },
  {
    name: 'not-allowed',
    attributes: 'src="rtsp://10.20.30.40/live" autoplay',
    state: 'failed',
    says: ['may not connect', 'allow', 'Try again', 'Details'],
    details: /target-not-allowed: /,
  },
  {
    name: 'no-ticket',
    attributes: 'src="lobby" autoplay',
    page: guarded,
    state: 'failed',
    says: ['ticket', 'Ask the portal for a new one', 'Try again', 'Details'],
    details: /ticket {6}none[\s\S]*ticket-required: /,
  },
  {
    name: 'wrong-ticket',
    attributes: async ({ ticket }) => `src="lobby" autoplay ticket="${await ticket('cellar', 60)}"`,
    page: guarded,
    state: 'failed',
    says: ['You may not watch this stream', 'Ask the portal for a ticket', 'Try again', 'Details'],
    details: /ticket {6}given[\s\S]*ticket-required: /,
  },
  {
    name: 'expired-ticket',
    attributes: async ({ ticket }) => `src="lobby" autoplay ticket="${await ticket('lobby', 5)}"`,
    page: guarded,
    bringAbout: plays,
    state: 'failed',
    says: ['ticket', 'Ask the portal for a new one', 'Try again', 'Details'],
    details: /ticket {6}given[\s\S]*ticket-required: [\s\S]*ago {2}playing/,
  },
  {
    name: 'camera-password',
    attributes: 'src="locked" autoplay',
    state: 'reconnecting',
    says: [
      'Reconnecting',
      'The camera refuses the password that the bridge has for it.',
      'Ask whoever runs the bridge',
      'Details',
    ],
    details: /camera-password-refused: /,
  },
  {
    name: 'unsupported-codec',
    attributes: 'src="mpeg4" autoplay',
    state: 'failed',
    says: ['MPEG-4 Visual', 'H.264', 'Try again', 'Details'],
    details: /codec-unsupported: .*MPEG-4 Visual/,
  },
  {
    name: 'no-bridge',
    attributes: 'src="lobby" bridge="/404/" autoplay',
    page: website,
    state: 'reconnecting',
    says: ['Reconnecting', 'bridge', 'Details'],
    details: /bridge-unreachable: /,
  },
  {
    name: 'another-service',
    attributes: 'src="lobby" bridge="/101/" autoplay',
    page: website,
    state: 'failed',
    says: ['RTSP', 'Check `bridge`, and that a proxy', 'Try again', 'Details'],
    details: /not-rtsp: /,
  },
  {
    name: 'ended',
    attributes: 'src="recording" autoplay',
    bringAbout: async (page) => {
      await plays(page)
      await page.evaluate(() => {
        const player = document.querySelector('rtsp-player')
        if (player) player.currentTime = player.duration - 1
      })
    },
    state: 'ended',
    says: ['The stream has ended'],
    details: /recording of \d+\.\d s/,
    playsBy: 'Play again',
  },
]
