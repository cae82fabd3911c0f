// Declares `<rtsp-player>` for what runs in the page.
import type {} from '../../../web/rtsp-player.ts'
import type { BrowserPage } from '../../support/engines/browser-driver.ts'

/** Puts players in the place of the page, one for each stream, and keeps its long tasks. */
export const showTiles = (page: BrowserPage, streams: readonly string[]): Promise<void> =>
  page.evaluate((streams: readonly string[]) => {
    document.body.replaceChildren()
    const columns = Math.ceil(Math.sqrt(streams.length))
    document.body.style.cssText = `display:grid;grid-template-columns:repeat(${columns},1fr);margin:0`
    for (const stream of streams) {
      const player = document.createElement('rtsp-player')
      player.muted = true
      player.autoplay = true
      player.src = stream
      document.body.append(player)
    }
    const scope = globalThis as unknown as { longTasks: number[] }
    scope.longTasks = []
    if (!PerformanceObserver.supportedEntryTypes.includes('longtask')) return
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) scope.longTasks.push(duration)
    }).observe({ entryTypes: ['longtask'] })
  }, streams)

/** What the tiles tell of themselves, and milliseconds of the longest task since it was asked for the last time. */
export const askTiles = (page: BrowserPage) =>
  page.evaluate(() => {
    const { longTasks } = globalThis as unknown as { longTasks: number[] }
    const longest = Math.max(0, ...longTasks.splice(0))
    let shown = 0
    let ranges = 0
    let bufferedSeconds = 0
    let reconnects = 0
    for (const { statistics, picture } of document.querySelectorAll('rtsp-player')) {
      shown += statistics?.picturesShown ?? 0
      reconnects += statistics?.reconnects ?? 0
      if (!(picture instanceof HTMLVideoElement)) continue
      const { buffered } = picture
      ranges = Math.max(ranges, buffered.length)
      let seconds = 0
      for (let i = 0; i < buffered.length; i++) seconds += buffered.end(i) - buffered.start(i)
      bufferedSeconds = Math.max(bufferedSeconds, seconds)
    }
    return { longest, shown, reconnects, ranges, bufferedSeconds, at: performance.now() }
  })
