import { ByteWriter } from '../../../protocol/bytes/byte-writer.ts'
import { readCompound } from '../../../protocol/rtcp/packet.ts'
import { writeReceiverReport } from '../../../protocol/rtcp/receiver-report.ts'
import { SenderClock } from '../../../protocol/rtcp/sender-clock.ts'
import { RtpReceiver } from '../../../protocol/rtp/receiver.ts'
import { ReorderBuffer } from '../../../protocol/rtp/reorder-buffer.ts'
import { Timeline } from '../../../protocol/rtp/timeline.ts'
import { pack, unpack } from '../packets.ts'
import { type FuzzTarget, fromHex, holds } from '../target.ts'
import { compound, H264_PACKETS, H264_SINGLE_PACKETS, rtp } from './rtp-material.ts'

/** Packets of this camera take so long at most, in ms, for the next one to come. */
const LONGEST_SILENCE = 4000

/** Seconds; `protocol/rtp/timeline.ts` has the parts of which they are made. */
const MOST_BACK = 85
const MOST_FORWARD = 95

const ORIGINS = { continued: 'same', restarted: 'doubtful', 'new-source': 'new', renamed: 'same' } as const

/** The way of packets before any payload format: sequence, source, continuous time, reports. */
function check(input: Uint8Array): void {
  let now = 5_000_000
  let given = 0
  let lastTicks: number | undefined
  let lastArrival = 0
  // Packets may come that are not given out: what is given out may be silent for longer than the camera is.
  let longestSilence = 0
  const timeline = new Timeline(90_000)
  const clock = new SenderClock(90_000)
  const receiver = new RtpReceiver(
    { clockRate: 90_000, payloadType: 96 },
    {
      packet(packet, lost, continuity, arrival) {
        given++
        holds(lost >= 0 && lost <= 0xffff, `${lost} packets lost`)
        const ticks = timeline.place(packet.timestamp, arrival, ORIGINS[continuity])
        holds(Number.isSafeInteger(ticks), `a place of ${ticks}`)
        if (lastTicks !== undefined) {
          // However the camera's clock jumps: time goes on by what passed, by what it has fallen behind before (the
          // longest silence and a minute, then that is forgotten), and by a few of its own usual steps.
          const seconds = (ticks - lastTicks) / 90_000
          const passed = (arrival - lastArrival) / 1000
          longestSilence = Math.max(longestSilence, passed)
          const most = passed + longestSilence + MOST_FORWARD
          holds(seconds >= -MOST_BACK && seconds <= most, `a step of ${seconds} s within ${passed} s`)
        }
        lastTicks = ticks
        lastArrival = arrival
      },
    },
  )
  const packets = unpack(input)
  for (const bytes of packets) {
    now += ((bytes[7] ?? 0) * LONGEST_SILENCE) / 255
    const { packets: reports } = readCompound(bytes)
    for (const report of reports) {
      if (report.type !== 'SR') continue
      receiver.senderReport(report, now)
      const ticks = timeline.locate(report.rtpTimestamp, now, 60)
      if (ticks === undefined) continue
      clock.update(report, ticks)
      const wallClock = clock.wallClock(ticks)
      holds(wallClock === undefined || Number.isFinite(wallClock), 'a wall clock tells a time')
    }
    receiver.receive(bytes, 0, bytes.length, now)
    const block = receiver.report(now)
    if (block) checkReport(block)
  }
  const { lost, jitter, ...counts } = receiver.statistics()
  for (const count of [lost, jitter]) holds(Number.isFinite(count) && count >= 0, `a figure of ${count}`)
  holds(given <= packets.length && counts.packets <= packets.length, 'no packet is given out twice')
}

/** Each field fits its place on the wire. */
function checkReport(block: Parameters<typeof writeReceiverReport>[1]['reports'][number]): void {
  const writer = new ByteWriter()
  writeReceiverReport(writer, { ssrc: 1, reports: [block] })
  const [read] = readCompound(writer.toBytes()).packets
  const again = read?.type === 'RR' ? read.reports[0] : undefined
  for (const [name, value] of Object.entries(block)) {
    const within = name === 'cumulativeLost' ? Math.max(-0x80_0000, Math.min(0x7f_ffff, value)) : value
    holds(
      again?.[name as keyof typeof block] === within,
      `${name} of ${value} is sent as ${again?.[name as keyof typeof block]}`,
    )
  }
}

const seeds = [pack([...H264_PACKETS, compound(), ...H264_SINGLE_PACKETS]), pack(H264_PACKETS.slice(0, 12))]
const dictionary = [
  ...['8060fffe', '80600000', '80607fff', 'ffffffff', '00000000', '7fffffff', '80000000', '80c80006'].map(fromHex),
  rtp(new Uint8Array(4), { sequenceNumber: 3, timestamp: 0x8000_0000 }),
  rtp(new Uint8Array(4), { sequenceNumber: 40_000, timestamp: 9, ssrc: 77 }),
]

export const reception: FuzzTarget = {
  name: 'reception',
  shapes: ['packets', 'packets', 'bytes'],
  maximumBytes: 16 * 1024,
  seeds,
  dictionary,
  check,
}

export const reorderBuffer: FuzzTarget = {
  name: 'reorder-buffer',
  shapes: ['packets', 'packets', 'bytes'],
  maximumBytes: 16 * 1024,
  seeds,
  dictionary,
  check(input, random) {
    let now = 1000
    const wait = random.below(200)
    const taken = new Map<string, number>()
    let given = 0
    const buffer = new ReorderBuffer({ packets: 2 ** (1 + random.below(8)), wait }, (bytes, start, end, arrival) => {
      const key = Buffer.from(bytes.subarray(start, end)).toString('latin1')
      const left = taken.get(key) ?? 0
      holds(left > 0, 'what comes out went in')
      holds(arrival <= now, 'with its own arrival')
      taken.set(key, left - 1)
      given++
    })
    const packets = unpack(input)
    for (const bytes of packets) {
      now += (bytes[7] ?? 0) % 60
      const key = Buffer.from(bytes).toString('latin1')
      taken.set(key, (taken.get(key) ?? 0) + 1)
      buffer.push(bytes, 0, bytes.length, now)
      const { deadline } = buffer
      holds(deadline === undefined || (deadline >= now && deadline <= now + wait), 'nothing waits longer than it may')
    }
    buffer.flush()
    const { late, duplicates } = buffer.statistics
    holds(given + late + duplicates === packets.length, 'each packet is given out or counted')
  },
}
