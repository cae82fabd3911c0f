/**
 * `npm run screenshot`: makes docs/screenshot.png, the demo page with the simulated camera in a real Chromium, so that the
 * picture in the README shows what there is. Needs what the tests need (`npm run setup`).
 */
import { chromium } from 'playwright-core'
import { build, isBuilt } from './build.js'
import { ROOT, runMain, step } from './steps.js'

await runMain(async () => {
  if (!isBuilt()) await build()
  const bridgeModule = await import(new URL('../dist/bridge/index.js', import.meta.url).href)
  const { startCamera } = await import(new URL('../dist/bridge/simulated-camera/camera.js', import.meta.url).href)
  const camera = await startCamera({})
  const bridge = await bridgeModule.createBridge({
    pageDirectory: `${ROOT}/dist/page`,
    streams: { lobby: { url: camera.url } },
  })
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--autoplay-policy=no-user-gesture-required'],
  })
  try {
    await step('Taking docs/screenshot.png', async () => {
      const page = await browser.newPage({ viewport: { width: 1280, height: 720 } })
      await page.goto(bridge.url)
      await page.waitForFunction(isPlaying)
      await page.waitForTimeout(4_000)
      // With the controls, which go while nobody does anything.
      await page.hover('rtsp-player')
      await page.waitForTimeout(500)
      await page.screenshot({ path: `${ROOT}/docs/screenshot.png` })
    })
  } finally {
    await browser.close()
    await bridge.close()
    await camera.close()
  }
})

/** Runs in the page, whose types are not those of this script. */
function isPlaying() {
  const { document } = /** @type {any} */ (globalThis)
  const figures = document.getElementById('bitrate').textContent
  return document.querySelector('rtsp-player').state === 'playing' && figures.includes('bit/s')
}
