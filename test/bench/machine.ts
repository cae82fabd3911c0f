import { cpus, release, totalmem } from 'node:os'

/** What the figures were measured on, in a line. */
export function describeMachine(): string {
  const all = cpus()
  const model = (all[0]?.model ?? 'unknown processor').replace(/\s+/g, ' ').trim()
  const memory = Math.round(totalmem() / 1024 ** 3)
  return `${all.length} × ${model}, ${memory} GB, ${process.platform} ${release()}`
}

export const NODE_VERSION = process.versions.node
