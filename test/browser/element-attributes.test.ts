import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { playerIs } from '../support/browser.ts'
import { browserStage } from '../support/browser-stage.ts'
import { startCountedCamera } from '../support/counted-camera.ts'
import { openPlayerPage } from '../support/player-page.ts'

const stage = browserStage({ counted: startCountedCamera }, ({ counted }) => ({
  streams: { yard: { url: counted.url, mode: 'proxy' } },
}))

const open = (body: string) => openPlayerPage(stage, body)

/** Runs in the page, with its player. */
const withPlayer = <T>(page: Page, run: (player: HTMLElementTagNameMap['rtsp-player']) => T): Promise<T> =>
  page.evaluate(`(${run})(document.querySelector('rtsp-player'))`) as Promise<T>

/** `<video>` has most of these: what it does is what is expected. */
const LIKE_VIDEO = ['autoplay', 'loop', 'controls', 'defaultMuted', 'disablePictureInPicture'] as const

describe('attributes and their properties', () => {
  it.each(LIKE_VIDEO)('%s reflects as that of a video element', async (property) => {
    const { page } = await open('<rtsp-player></rtsp-player><video></video>')
    const seen = await page.evaluate((property) => {
      const attribute = property === 'defaultMuted' ? 'muted' : property.toLowerCase()
      return [document.querySelector('rtsp-player'), document.querySelector('video')].map((element) => {
        if (!element) throw new Error('There is no player')
        const both = () => [Reflect.get(element, property), element.getAttribute(attribute)]
        const steps = [both()]
        for (const value of [true, false, 'nonsense', 0]) {
          Reflect.set(element, property, value)
          steps.push(both())
        }
        for (const value of ['', 'false']) {
          element.setAttribute(attribute, value)
          steps.push(both())
        }
        element.removeAttribute(attribute)
        steps.push(both())
        return steps
      })
    }, property)
    expect(seen[0]).toEqual(seen[1])
    expect(seen[0]?.[1]).toEqual([true, ''])
  })

  it('are the same at once, each way, and nonsense counts as missing', async () => {
    const { page, errors } = await open('<rtsp-player></rtsp-player>')
    const seen = await withPlayer(page, (player) => {
      const states: unknown[] = []
      const properties = [
        'src',
        'bridge',
        'renderer',
        'latency',
        'audio',
        'preload',
        'loading',
        'crossOrigin',
        'poster',
        'substream',
      ] as const
      const note = () => states.push(properties.map((name) => player[name]))
      note()
      for (const name of properties) player.setAttribute(name.toLowerCase(), '☃ \u0000<script>')
      note()
      for (const name of properties) player.removeAttribute(name.toLowerCase())
      player.src = 'lobby'
      player.renderer = 'jpeg'
      Object.assign(player, { latency: 0.5, audio: 'OFF', preload: 7, loading: 'lazy', crossOrigin: 'use-credentials' })
      player.poster = 'a.png'
      player.substream = true
      note()
      states.push(player.outerHTML)
      Object.assign(player, { src: undefined, latency: null, crossOrigin: null, substream: undefined, poster: null })
      note()
      return states
    })
    expect(seen).toEqual([
      ['', '', 'auto', 'low', 'on', 'none', 'eager', null, '', false],
      [
        '☃ \u0000<script>',
        '☃ \u0000<script>',
        'auto',
        '☃ \u0000<script>',
        'on',
        'none',
        'eager',
        'anonymous',
        expect.stringContaining('script'),
        true,
      ],
      ['lobby', '', 'jpeg', '0.5', 'off', 'none', 'lazy', 'use-credentials', `${stage.url}a.png`, true],
      '<rtsp-player src="lobby" renderer="jpeg" latency="0.5" audio="OFF" preload="7" loading="lazy" crossorigin="use-credentials" poster="a.png" substream=""></rtsp-player>',
      ['', '', 'jpeg', 'low', 'off', 'none', 'lazy', null, '', false],
    ])
    expect(errors).toEqual([])
  })

  it('muted is the attribute up to the document, and the property from then on', async () => {
    const { page } = await open('<rtsp-player muted></rtsp-player>')
    const seen = await page.evaluate(() => {
      const parsed = document.querySelector('rtsp-player')
      if (!parsed) throw new Error('There is no player')
      const states = [parsed.muted]
      parsed.removeAttribute('muted')
      states.push(parsed.muted, parsed.defaultMuted)
      parsed.muted = false
      parsed.defaultMuted = true
      states.push(parsed.muted, parsed.defaultMuted)
      const made = document.createElement('rtsp-player')
      made.toggleAttribute('muted', true)
      states.push(made.muted)
      made.muted = false
      document.body.append(made)
      states.push(made.muted, made.hasAttribute('muted'), made.video.muted)
      return states
    })
    expect(seen).toEqual([true, true, false, false, true, true, false, true, false])
  })

  it('volume, rates and times refuse what a video element refuses, and no more', async () => {
    const { page, errors } = await open('<rtsp-player></rtsp-player><video></video>')
    const seen = await page.evaluate(() =>
      [document.querySelector('rtsp-player'), document.querySelector('video')].map((element) =>
        [2, -1, Number.NaN, '0.5', 'much', null, undefined].map((volume) => {
          try {
            Reflect.set(element ?? {}, 'volume', volume)
            return element?.volume
          } catch (cause) {
            return cause instanceof Error ? cause.name : cause
          }
        }),
      ),
    )
    expect(seen[0]).toEqual(seen[1])
    expect(seen[0]?.slice(0, 4)).toEqual(['IndexSizeError', 'IndexSizeError', 'TypeError', 0.5])
    const rates = await withPlayer(page, (player) =>
      [0, -1, Number.NaN, Number.POSITIVE_INFINITY, 'x', null].map((value) => {
        Object.assign(player, { playbackRate: value, defaultPlaybackRate: value, currentTime: value })
        return [player.playbackRate, player.defaultPlaybackRate, player.currentTime]
      }),
    )
    expect(rates).toEqual(Array.from({ length: 6 }, () => [1, 1, 0]))
    expect(errors).toEqual([])
  })

  it('takes properties that were set before it was defined', async () => {
    const { page, errors } = await open(`
      <rtsp-player></rtsp-player>
      <script>
        const player = document.querySelector('rtsp-player')
        Object.assign(player, {
          src: 'early', muted: true, volume: 0.25, latency: '2', ticket: 'a ticket', loop: true, paused: 'nonsense',
          defaultPlaybackRate: 2, currentTime: 3, getTicket: async () => 'another',
        })
      </script>`)
    const seen = await withPlayer(page, (player) => ({
      values: [player.src, player.muted, player.volume, player.latency, player.ticket, player.loop, player.paused],
      rate: player.playbackRate,
      time: player.currentTime,
      attributes: player.getAttributeNames(),
      own: Object.keys(player).filter((name) => /src|muted|volume|latency|loop|currentTime|Rate|getTicket/.test(name)),
      getTicket: typeof player.getTicket,
    }))
    expect(seen).toEqual({
      values: ['early', true, 0.25, '2', 'a ticket', true, true],
      rate: 2,
      time: 3,
      attributes: ['src', 'latency', 'loop'],
      own: [],
      getTicket: 'function',
    })
    expect(errors).toEqual([])
  })

  it('is there even where what was set before is refused', async () => {
    const { page, errors } = await open(`
      <rtsp-player></rtsp-player>
      <script>document.querySelector('rtsp-player').volume = 7</script>`)
    expect(await withPlayer(page, (player) => [player.volume, player.state])).toEqual([1, 'idle'])
    expect(errors.join()).toContain('volume')
  })

  it('has the constants of a media element, and is empty like one', async () => {
    const { page } = await open('<rtsp-player></rtsp-player><video></video>')
    const seen = await page.evaluate(() =>
      [document.querySelector('rtsp-player'), document.querySelector('video')].map((element) => {
        if (!element) throw new Error('There is no player')
        const { HAVE_NOTHING, HAVE_METADATA, HAVE_CURRENT_DATA, HAVE_FUTURE_DATA, HAVE_ENOUGH_DATA } = element
        const { NETWORK_EMPTY, NETWORK_IDLE, NETWORK_LOADING, NETWORK_NO_SOURCE } = element
        return [
          [HAVE_NOTHING, HAVE_METADATA, HAVE_CURRENT_DATA, HAVE_FUTURE_DATA, HAVE_ENOUGH_DATA],
          [NETWORK_EMPTY, NETWORK_IDLE, NETWORK_LOADING, NETWORK_NO_SOURCE],
          [Reflect.get(element.constructor, 'HAVE_METADATA'), Reflect.get(element.constructor, 'NETWORK_IDLE')],
          [element.readyState, element.networkState, String(element.duration), element.currentTime],
          [element.paused, element.ended, element.seeking, element.error, element.volume, element.muted],
          [element.playbackRate, element.defaultPlaybackRate, element.videoWidth, element.videoHeight],
          [element.buffered, element.played, element.seekable].map(({ length }) => length),
          [element.textTracks.length, element.textTracks instanceof TextTrackList],
        ]
      }),
    )
    expect(seen[0]?.slice(2)).not.toEqual([])
    expect(seen[0]).toEqual(seen[1]?.with(2, [1, 1]))
  })
})

/** Connections of viewers that the bridge has, and has had. */
async function connectionsEver(): Promise<number> {
  const metrics = await (await fetch(`${stage.url}metrics`)).text()
  const ended = [...metrics.matchAll(/^rtsp_bridge_connections_ended_total\{.*\} (\d+)$/gm)]
  return ended.reduce((sum, [, count]) => sum + Number(count), stage.bridge.viewers)
}

describe('a player with attributes of all kinds', () => {
  // Each of these opens the stream anew when it is changed later on, or once did.
  const ATTRIBUTES = {
    src: 'yard',
    latency: '0.5',
    renderer: 'media-source',
    audio: 'off',
    'time-shift': '30',
    keep: '10',
    ticket: 'none',
    substream: '',
    controls: '',
    stats: '',
    muted: '',
    autoplay: '',
  }

  it.each(['in the markup', 'set before it is in the document', 'set in the task that put it there'])(
    'begins one session, %s',
    async (when) => {
      const markup = Object.entries(ATTRIBUTES).map(([name, value]) => `${name}="${value}"`)
      const before = [stage.counted.sessionsEver, await connectionsEver()] as const
      const { page } = await open(when === 'in the markup' ? `<rtsp-player ${markup.join(' ')}></rtsp-player>` : '')
      if (when !== 'in the markup') {
        await page.evaluate(
          ({ attributes, isEarly }) => {
            const player = document.createElement('rtsp-player')
            if (!isEarly) document.body.append(player)
            for (const [name, value] of Object.entries(attributes)) player.setAttribute(name, value)
            if (isEarly) document.body.append(player)
          },
          { attributes: ATTRIBUTES, isEarly: when.startsWith('set before') },
        )
      }
      await playerIs(page, 'playing')
      await page.waitForFunction(() => (document.querySelector('rtsp-player')?.statistics?.packets ?? 0) > 0)
      // One that is given up before it plays is one too many as well.
      expect([stage.counted.sessionsEver - before[0], (await connectionsEver()) - before[1]]).toEqual([1, 1])
    },
  )
})
