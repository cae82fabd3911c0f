import { expect } from 'vitest'
import { type Bridge, createBridge } from '../../bridge/index.ts'
import { type SimulatedCamera, startCamera } from '../../bridge/simulated-camera/camera.ts'
import { builtPage } from '../support/browser.ts'
import type { BrowserPage } from '../support/engines/browser-driver.ts'
import { type GstServer, startGstServer } from '../support/gst-server.ts'

/** What every test of an engine needs beside the browser: streams, the bridge, and the page that it serves. */
export interface Stage {
  readonly bridge: Bridge
  readonly camera: SimulatedCamera
  readonly gstreamer: GstServer
  /** Address of the page that plays it, by the renderer that is asked for. */
  page(src: string, renderer?: string): string
  close(): Promise<void>
}

export const setStage = async (): Promise<Stage> => {
  const pageDirectory = await builtPage()
  const [camera, gstreamer] = await Promise.all([startCamera(), startGstServer()])
  const bridge = await createBridge({
    pageDirectory,
    allow: [`127.0.0.1:${camera.port}`, `127.0.0.1:${gstreamer.port}`],
    streams: { lobby: { url: camera.url } },
  })
  const close = async () => {
    await Promise.all([bridge.close(), camera.close(), gstreamer.stop()])
  }
  return {
    bridge,
    camera,
    gstreamer,
    page: (src, renderer = 'auto') => `${bridge.url}?src=${encodeURIComponent(src)}&renderer=${renderer}`,
    close,
  }
}

/** Waits until the player is in one of these states, and tells which; fails with what it says instead. */
export const playerIs = async (
  page: BrowserPage,
  wanted: readonly string[],
  milliseconds = 20_000,
): Promise<string> => {
  const { state, error } = await page.evaluate(
    async (wanted: readonly string[], milliseconds: number) => {
      const end = performance.now() + milliseconds
      for (;;) {
        const player = document.querySelector('rtsp-player')
        const state: string = player?.state ?? 'missing'
        if (wanted.includes(state) || performance.now() > end) return { state, error: player?.error?.message ?? null }
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    },
    ...[wanted, milliseconds],
  )
  expect(wanted, `the player is ${state}: ${error ?? 'no error'}`).toContain(state)
  return state
}
