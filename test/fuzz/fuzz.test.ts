import { readdirSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { describe, expect, inject, test } from 'vitest'
import { corpusTargets, readCorpus } from './corpus.ts'
import { inputOf, type JobResult } from './job.ts'
import { pack, unpack } from './packets.ts'
import { describeFailure } from './report.ts'
import { supervise } from './supervisor.ts'
import { TARGETS, targetNamed } from './targets.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The folder into which the worker was bundled. */
    fuzzBundle: string
  }
}

const ROOT = process.cwd()
/** For each target. `npm run fuzz` goes on from there. */
const MILLISECONDS = 200
const worker = pathToFileURL(`${inject('fuzzBundle')}/worker.js`)

const fuzz = (
  name: string,
  { milliseconds = MILLISECONDS, patience = 20_000, inputs = 1e6 } = {},
): Promise<JobResult> =>
  supervise(
    targetNamed(name),
    { target: name, files: readCorpus(ROOT, name), firstSeed: 1, inputs, milliseconds },
    { worker, patience },
  )

describe('bad input is refused or tolerated, and nothing else happens', () => {
  test.for(TARGETS.map(({ name }) => name))('%s', async (name) => {
    const { failures, inputs } = await fuzz(name)
    expect(failures.map((failure) => describeFailure(name, failure)).join('\n\n')).toBe('')
    expect(inputs).toBeGreaterThan(10)
  })
})

describe('a fuzzer', () => {
  test('has a target for each header, depacketizer and packetizer', () => {
    const names = new Set(TARGETS.map(({ name }) => name))
    const files = (folder: string): string[] => readdirSync(`protocol/${folder}`).map((file) => file.replace('.ts', ''))
    const wanted = [
      ...files('rtsp/headers').map((file) => `header-${file}`),
      ...['depacketizer', 'packetizer'].flatMap((folder) =>
        files(folder)
          .filter((file) => PAYLOAD_FORMATS.test(file))
          .map((file) => `${folder}-${file}`),
      ),
    ]
    expect(wanted.filter((name) => !names.has(name))).toEqual([])
  })

  test('keeps a corpus only for targets that exist', () => {
    expect(corpusTargets(ROOT).filter((name) => !TARGETS.some((target) => target.name === name))).toEqual([])
  })

  test('makes the same input of the same seed, and others of others', () => {
    const target = targetNamed('message-parser')
    expect(inputOf(target, 7)).toEqual(inputOf(target, 7))
    const inputs = new Set(Array.from({ length: 100 }, (_, seed) => Buffer.from(inputOf(target, seed)).toString('hex')))
    expect(inputs.size).toBeGreaterThan(80)
  })

  test('reads any bytes as packets, and its own as they were', () => {
    const packets = [new Uint8Array(0), Uint8Array.of(1, 2, 3), new Uint8Array(300)]
    expect(unpack(pack(packets))).toEqual(packets)
    expect(unpack(Uint8Array.of(0, 9, 1, 2))).toEqual([Uint8Array.of(1, 2)])
  })

  test.for([
    ['faulty-throws', /TypeError: a mark/],
    ['faulty-does-not-hold', /PropertyError: no mark/],
    ['faulty-hangs', /hang: not done/],
    ['faulty-rejects', /unhandled rejection: Error: nobody looks/],
    ['faulty-floods', /the thread ended.*memory|heap/i],
    ['faulty-keeps', /memory grew/],
  ] as const)('notices what %s, and names the input', async ([name, message]) => {
    const { failures } = await fuzz(name, { milliseconds: 1000, patience: 3000, inputs: 600 })
    const [failure] = failures
    expect(failure?.message).toMatch(message)
    if (!failure || !('seed' in failure.origin) || name === 'faulty-keeps') return
    // The seed gives the input again, and the input that is shown has what it takes.
    expect(inputOf(targetNamed(name), failure.origin.seed)).toContain(0x21)
    expect(failure.input).toContain(0x21)
  })

  test('makes a failing input small', async () => {
    const { failures } = await fuzz('faulty-throws', { inputs: 300 })
    expect(failures[0]?.input).toEqual(Uint8Array.of(0x21))
  })
})

/** Files of those folders that read or write one payload format; the others are what these are made of. */
const PAYLOAD_FORMATS = /^(h264|h265|mpeg4-generic|latm|jpeg|g711|opus|l16)$/
