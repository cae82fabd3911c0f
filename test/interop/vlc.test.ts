import { chmod, copyFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { probe } from '../../bridge/probe/probe.ts'
import type { ProbeReport } from '../../bridge/probe/report.ts'
import { freePort } from '../support/free-port.ts'
import { type RunningProcess, startProcess } from '../support/processes.ts'

const CLIP = fileURLToPath(new URL('../../bridge/simulated-camera/clip.mp4', import.meta.url))

let folder: string
let vlc: RunningProcess
let url: string

beforeAll(async () => {
  const port = await freePort()
  url = `rtsp://127.0.0.1:${port}/clip`
  // Where the other user may read it, wherever the repository lies.
  folder = await mkdtemp(join(tmpdir(), 'rtsp-player-'))
  const clip = join(folder, 'clip.mp4')
  await copyFile(CLIP, clip)
  await Promise.all([chmod(folder, 0o755), chmod(clip, 0o644)])
  const args = ['cvlc', '-I', 'dummy', '--no-plugins-cache', '--loop', '--sout-keep', clip]
  const stream = `#rtp{sdp=rtsp://127.0.0.1:${port}/clip}`
  // VLC refuses to run as root. The shell says that it starts, since VLC says nothing on its standard output.
  const user = process.getuid?.() === 0 ? 'exec runuser -u nobody -- "$@"' : 'exec "$@"'
  vlc = await startProcess('sh', ['-c', `echo starting; ${user}`, 'sh', ...args, '--sout', stream])
})

afterAll(async () => {
  await vlc?.stop()
  await rm(folder, { recursive: true, force: true })
})

/** Until VLC listens, which it does not announce. */
async function probeOnceItListens(): Promise<ProbeReport> {
  for (let tries = 0; ; tries++) {
    const report = await probe(url, { seconds: 1, timeout: 5_000 })
    if (report.error?.code !== 'connection-refused' || tries > 40) return report
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
}

it("a probe of VLC's server names its tracks, and says that it sends them over UDP alone", async () => {
  const report = await probeOnceItListens()
  expect(report.error).toMatchObject({ code: 'unsupported-transport' })
  expect(report.tracks.map(({ media, codec, clockRate }) => `${media} ${codec} ${clockRate}`).sort()).toEqual([
    'audio MPEG4-GENERIC 48000',
    'video H264 90000',
  ])
  expect(report.tracks.every((track) => track.control.startsWith(url))).toBe(true)
})
