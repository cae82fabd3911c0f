import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type SimulatedCamera, startCamera } from '../../bridge/simulated-camera/camera.ts'
import { RtpPacket } from '../../protocol/rtp/packet.ts'
import { RtspMessageParser } from '../../protocol/rtsp/message-parser.ts'
import { runGstreamer } from '../support/gstreamer.ts'
import { runProcess } from '../support/processes.ts'

/*
 * Clients that we did not write play the simulated camera. VLC is not among them: Debian builds it without live555
 * (`--disable-live555`), so it has no RTSP client at all.
 */

let camera: SimulatedCamera
let folder: string
beforeAll(async () => {
  camera = await startCamera()
  folder = await mkdtemp(join(tmpdir(), 'simulated-camera-'))
})
afterAll(async () => {
  await camera.close()
  await rm(folder, { recursive: true, force: true })
})

const TCP = ['-v', 'error', '-rtsp_transport', 'tcp']

/** The number of the frame, as make-clip.sh writes it into the picture. */
const frameNumber = (luma: Uint8Array): number => {
  let number = 0
  for (let block = 0; block < 16; block++) {
    const value = luma[344 * 640 + 192 + block * 16 + 8] ?? 0
    if (value > 64 && value < 192) throw new Error(`block ${block} is neither black nor white: ${value}`)
    number = number * 2 + (value >= 192 ? 1 : 0)
  }
  return number
}

const frameNumbers = async (input: string[]): Promise<number[]> => {
  const file = join(folder, 'luma.raw')
  const { stderr } = await runProcess('ffmpeg', [...input, '-f', 'rawvideo', '-pix_fmt', 'gray', '-y', file])
  expect(stderr).toBe('')
  const luma = await readFile(file)
  const size = 640 * 360
  return Array.from({ length: luma.length / size }, (_, index) =>
    frameNumber(luma.subarray(index * size, (index + 1) * size)),
  )
}

interface Probe {
  readonly streams: { codec_name: string; profile: string; width?: number; sample_rate?: string; start_time: string }[]
  readonly packets: { codec_type: string; pts_time?: string; dts_time?: string }[]
}

describe('ffprobe', () => {
  it('sees both streams, and every packet once, in order, from a common beginning', async () => {
    const { code, stdout, stderr } = await runProcess('ffprobe', [
      ...TCP,
      ...['-read_intervals', '%+3', '-show_streams', '-show_packets', '-of', 'json', camera.url],
    ])
    expect(stderr).toBe('')
    expect(code).toBe(0)
    const { streams, packets } = JSON.parse(stdout) as Probe
    expect(streams).toMatchObject([
      { codec_name: 'h264', profile: 'Main', width: 640, height: 360, r_frame_rate: '25/1', has_b_frames: 0 },
      { codec_name: 'aac', profile: 'LC', sample_rate: '48000', channels: 1 },
    ])
    expect(Math.abs(Number(streams[0]?.start_time) - Number(streams[1]?.start_time))).toBeLessThan(0.05)
    for (const [type, step] of [
      ['video', 0.04],
      ['audio', 1024 / 48_000],
    ] as const) {
      // ffmpeg gives the very first picture no time; it does so with every RTSP server.
      const times = packets
        .filter((packet) => packet.codec_type === type && packet.pts_time)
        .map((p) => Number(p.pts_time))
      expect(times.length).toBeGreaterThan(2.5 / step)
      for (const [index, time] of times.entries()) {
        if (index > 0) expect(time - (times[index - 1] ?? 0)).toBeCloseTo(step, 3)
      }
    }
  })
})

describe('ffmpeg', () => {
  it('decodes three seconds of picture and sound without a complaint', async () => {
    const { code, stderr } = await runProcess('ffmpeg', [
      ...TCP,
      '-xerror',
      '-i',
      camera.url,
      '-t',
      '3',
      '-f',
      'null',
      '-',
    ])
    expect(stderr).toBe('')
    expect(code).toBe(0)
  })

  it('sees every picture, and the second that the wall clock shows', async () => {
    const numbers = await frameNumbers([...TCP, '-i', camera.url, '-frames:v', '50'])
    const shown = ((numbers.at(-1) ?? 0) + 1) / 25
    const second = (Date.now() / 1000) % 60
    expect(numbers).toHaveLength(50)
    for (const [index, number] of numbers.entries()) {
      if (index > 0) expect(number).toBe(((numbers[index - 1] ?? 0) + 1) % 1500)
    }
    // ffmpeg reads ahead, decodes, writes and ends: what it saw last is a little old, and never of the future.
    const age = (second - shown + 60) % 60
    expect(age).toBeLessThan(5)
  })

  it('hears the tick when the second turns on the screen', async () => {
    const file = join(folder, 'recording.mkv')
    await runProcess('ffmpeg', [...TCP, '-i', camera.url, '-t', '5', '-c', 'copy', '-y', file])
    const [first = 0] = await frameNumbers(['-v', 'error', '-copyts', '-i', file, '-frames:v', '1'])
    const probe = await runProcess('ffprobe', [
      '-v',
      'error',
      '-select_streams',
      'v',
      '-show_packets',
      '-of',
      'json',
      file,
    ])
    const start = Number((JSON.parse(probe.stdout) as Probe).packets[0]?.pts_time)
    const silence = 'silencedetect=noise=-35dB:duration=0.2'
    const heard = await runProcess('ffmpeg', [
      '-v',
      'info',
      '-copyts',
      '-i',
      file,
      '-vn',
      '-af',
      silence,
      '-f',
      'null',
      '-',
    ])
    const ticks = [...heard.stderr.matchAll(/silence_end: ([\d.]+)/g)].map((match) => Number(match[1]))
    expect(ticks.length).toBeGreaterThanOrEqual(3)
    for (const tick of ticks) {
      const second = first / 25 + tick - start
      expect(Math.abs(second - Math.round(second))).toBeLessThan(0.025)
    }
  })

  it('and others play at the same time; one that is killed disturbs nobody', async () => {
    const doomed = spawn('ffmpeg', [...TCP, '-i', camera.url, '-f', 'null', '-'], { stdio: 'ignore' })
    const viewers = Array.from({ length: 4 }, () =>
      runProcess('ffmpeg', [...TCP, '-xerror', '-i', camera.url, '-t', '3', '-f', 'null', '-']),
    )
    const first = await Promise.race(viewers)
    doomed.kill('SIGKILL')
    await once(doomed, 'exit')
    const after = await runProcess('ffmpeg', [...TCP, '-xerror', '-i', camera.url, '-t', '1', '-f', 'null', '-'])
    for (const { code, stderr } of [first, after, ...(await Promise.all(viewers))]) {
      expect(stderr).toBe('')
      expect(code).toBe(0)
    }
  })
})

describe('GStreamer', () => {
  it('decodes fifty pictures and fifty frames of sound', async () => {
    const pipeline = [
      `rtspsrc name=camera protocols=tcp location=${camera.url}`,
      'camera. ! application/x-rtp,media=video ! rtph264depay ! h264parse ! avdec_h264 ! fakesink num-buffers=50',
      'camera. ! application/x-rtp,media=audio ! rtpmp4gdepay ! aacparse ! avdec_aac ! fakesink num-buffers=50',
    ]
    const { code, stderr } = await runGstreamer(pipeline.join(' '))
    expect(stderr).not.toMatch(/ERROR/)
    expect(code).toBe(0)
  })
})

describe('a viewer that stops reading', () => {
  it('loses whole groups of pictures, and gets sound ones again when it reads on', async () => {
    // Noise: some 40 Mbit/s, so that what the system buffers is full soon.
    const file = join(folder, 'noise.mp4')
    const made = await runProcess('ffmpeg', [
      ...['-v', 'error', '-f', 'lavfi', '-i', 'color=gray:s=640x360:r=25:d=2,noise=alls=100:allf=t'],
      ...['-c:v', 'libx264', '-preset', 'ultrafast', '-qp', '12', '-g', '25', '-bf', '0', '-pix_fmt', 'yuv420p', file],
    ])
    expect(made.stderr).toBe('')
    const noisy = await startCamera({ file })
    const socket = connect(noisy.port, '127.0.0.1')
    try {
      let session = ''
      const statuses: number[] = []
      const packets: { sequence: number; key: boolean }[] = []
      const packet = new RtpPacket()
      const parser = new RtspMessageParser({
        message: (message) => {
          if (message.kind !== 'response') return
          statuses.push(message.status)
          session = message.headers.get('Session') ?? ''
        },
        interleaved: (channel, bytes, start, end) => {
          if (channel !== 0 || !packet.read(bytes, start, end)) return
          // The parameter sets, together in a STAP-A, come before each keyframe.
          packets.push({ sequence: packet.sequenceNumber, key: ((bytes[packet.payloadStart] ?? 0) & 0x1f) === 24 })
        },
        skipped: (count) => {
          throw new Error(`${count} bytes were neither messages nor frames`)
        },
      })
      socket.on('data', (chunk) => parser.push(chunk))
      const transport = 'Transport: RTP/AVP/TCP;unicast;interleaved=0-1'
      socket.write(`SETUP ${noisy.url}/video RTSP/1.0\r\nCSeq: 1\r\n${transport}\r\n\r\n`)
      await vi.waitFor(() => expect(session).not.toBe(''), { timeout: 5000 })
      socket.write(`PLAY ${noisy.url} RTSP/1.0\r\nCSeq: 2\r\nSession: ${session}\r\n\r\n`)
      await vi.waitFor(() => expect(packets.length).toBeGreaterThan(100), { timeout: 5000 })

      socket.pause()
      const before = process.memoryUsage().arrayBuffers
      // Not an event but a time: nothing tells from outside that the buffers of the system are full.
      await new Promise((resolve) => setTimeout(resolve, 4000))
      // 20 MB were due: the camera holds no more than its bound and what a picture has.
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8e6)
      socket.resume()

      const gaps = () =>
        packets.flatMap((entry, index) => {
          const last = packets[index - 1]
          return last && ((entry.sequence - last.sequence) & 0xffff) !== 1 ? [entry] : []
        })
      await vi.waitFor(() => expect(gaps().length).toBeGreaterThan(0), { timeout: 10_000 })
      expect(gaps().every((entry) => entry.key)).toBe(true)
      expect(statuses).toEqual([200, 200])
    } finally {
      socket.destroy()
      await noisy.close()
    }
  })
})
