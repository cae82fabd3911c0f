import type { BrowserPage } from '../../support/engines/browser-driver.ts'
import { installTap, soundAfterPicture } from '../../support/lip-sync.ts'
import type { Benchmark } from '../benchmark.ts'
import { Samples } from '../samples.ts'
import { Browsers } from './browsers.ts'
import { unmute } from './sight.ts'
import { setPlayerStage } from './stage.ts'

/** Of a run; one comes every two seconds, and the first are heard while the sound is on its way to its place. */
const TICKS = 9
const SETTLED = 3
/** The whole ground of GStreamer's picture turns. */
const FLASH = { x: 10, y: 10, edges: 'both' } as const

/** P2: whether sound is heard when its picture is seen, asked of neither the player nor the camera. */
export const lipSync: Benchmark = {
  name: 'lip-sync',
  title: 'Sound beside its picture',
  about:
    'GStreamer’s RTSP server turns the picture from black to white or back whenever its sound ticks, every two seconds (640×360, 25 a second, AAC at 48 kHz). Flashes are read from the pixels, with the time at which the browser expects them on the display; ticks from the samples that the loudspeaker is given, with the time at which the browser has them heard. Beside them what the player says of itself (`statistics.soundLag`). By the hub, in Chromium.',
  options: {},
  async run({ root, runs = 3, progress }) {
    const stage = await setPlayerStage(root)
    const browsers = new Browsers()
    const seen = { offset: new Samples(), told: new Samples(), apart: new Samples() }
    try {
      await browsers.start(['chromium'])
      for (let run = 0; run < runs; run++) {
        const ticks = await browsers.ask('chromium', async (browser) => {
          const page = await browser.open(stage.page('h264-aac'))
          await isPlaying(page)
          await page.evaluate(installTap)
          await unmute(page)
          const ticks = await page.evaluate(soundAfterPicture, { ...FLASH, count: TICKS })
          await page.close()
          return ticks
        })
        if (typeof ticks === 'string') throw new Error(ticks)
        for (const { offset, told } of ticks.slice(SETTLED)) {
          seen.offset.add(offset)
          if (told === null) continue
          seen.told.add(told)
          seen.apart.add(Math.abs(offset - told))
        }
        progress(`run ${run + 1}: ${ticks.map(({ offset }) => offset.toFixed(0)).join(', ')} ms`)
      }
    } finally {
      await browsers.close()
      await stage.close()
    }
    return {
      runs,
      versions: browsers.versions(),
      tables: [
        {
          title: 'Milliseconds by which sound is heard later than its picture is seen',
          columns: ['', 'heard', 'as the player says', 'apart'],
          rows: [['AAC, chromium', seen.offset.text(0), seen.told.text(0), seen.apart.text(0)]],
        },
      ],
      targets: [
        {
          what: 'P2: milliseconds between sound and picture in Chromium, as seen and heard',
          value: Math.abs(seen.offset.median),
          atMost: 40,
        },
      ],
      notes: [],
    }
  },
}

/** This picture has no clock to be waited for. */
const isPlaying = (page: BrowserPage): Promise<void> =>
  page.evaluate(async () => {
    const deadline = performance.now() + 20_000
    const player = document.querySelector('rtsp-player')
    while (player?.state !== 'playing') {
      if (performance.now() > deadline) throw new Error(`No picture came. The player: ${player?.state}`)
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  })
