import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import type { Job } from './job.ts'

/**
 * The inputs that once failed, one folder a target, one file an input. They are replayed before anything else, here and
 * in `npm test`. Rename a new one after what it shows.
 */
/** Bytes from which an input is kept compressed: what is that long is mostly one run of the same. */
const LARGE = 4096
const CORPUS = 'test/fuzz/corpus'

/** @param root of the repository */
export function readCorpus(root: string, target: string): Job['files'] {
  const folder = join(root, CORPUS, target)
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .sort()
    .map((name) => {
      const bytes = readFileSync(join(folder, name))
      return {
        name: `${CORPUS}/${target}/${name}`,
        bytes: Uint8Array.from(name.endsWith('.gz') ? gunzipSync(bytes) : bytes),
      }
    })
}

/** Targets that have a folder. */
export const corpusTargets = (root: string): string[] =>
  readdirSync(join(root, CORPUS), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)

/** @returns the path of the file */
export function addToCorpus(root: string, target: string, input: Uint8Array): string {
  const name = createHash('sha256').update(input).digest('hex').slice(0, 12)
  const large = input.length > LARGE
  const path = `${CORPUS}/${target}/${name}.bin${large ? '.gz' : ''}`
  mkdirSync(join(root, CORPUS, target), { recursive: true })
  writeFileSync(join(root, path), large ? gzipSync(input) : input)
  return path
}
