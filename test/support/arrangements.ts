import type { Page } from 'playwright-core'

/** Where the parts of a player run; which of them it is, the browser's abilities decide. */
export interface Arrangement {
  readonly name: string
  /** Runs in each page before its own scripts: takes away what a browser of this arrangement lacks. */
  readonly prepare: (() => void) | undefined
  readonly workers: 0 | 1
  /** What the video element plays: a MediaSource of the page by its address, or of the worker by its handle. */
  readonly source: 'blob' | 'MediaSourceHandle'
}

export const ARRANGEMENTS: readonly Arrangement[] = [
  { name: 'with MediaSource in the worker', prepare: undefined, workers: 1, source: 'MediaSourceHandle' },
  {
    name: 'with segments that are transferred to the page',
    prepare: () => Object.defineProperty(MediaSource, 'canConstructInDedicatedWorker', { value: false }),
    workers: 1,
    source: 'blob',
  },
  {
    name: 'without a worker',
    prepare: () => void Reflect.deleteProperty(globalThis, 'Worker'),
    workers: 0,
    source: 'blob',
  },
]

/** What the arrangement of a page that plays really is. */
export async function arrangementOf(page: Page): Promise<Pick<Arrangement, 'workers' | 'source'>> {
  const source = await page.evaluate(() => {
    const video = document.querySelector('rtsp-player')?.video
    return video?.srcObject?.constructor.name ?? video?.src.split(':')[0]
  })
  return { workers: page.workers().length as 0 | 1, source: source as Arrangement['source'] }
}
