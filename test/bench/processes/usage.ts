import { readdirSync, readFileSync } from 'node:fs'

/** Ticks a second in /proc: `getconf CLK_TCK`, which is 100 on every Linux that Node runs on. */
const TICKS = 100

interface Stat {
  readonly parent: number
  /** Seconds of processor time of all threads, in the program and in the system for it, and of children that ended. */
  readonly seconds: number
}

/** Seconds of processor time that a process and its children took since they began: see proc(5), /proc/PID/stat. */
export function processorSeconds(pid: number): number {
  let sum = 0
  for (const one of treeOf(pid)) sum += statOf(one)?.seconds ?? 0
  return sum
}

/** Bytes that a process and its children hold in memory (VmRSS). */
export function residentBytes(pid: number): number {
  let sum = 0
  for (const one of treeOf(pid)) {
    const line = /^VmRSS:\s+(\d+) kB$/m.exec(read(`/proc/${one}/status`))
    sum += Number(line?.[1] ?? 0) * 1024
  }
  return sum
}

/** Files, sockets and the like that a process has open. */
export const openHandles = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length

/** The process itself, and all that it began, directly or not. */
function treeOf(pid: number): readonly number[] {
  const children = new Map<number, number[]>()
  for (const name of readdirSync('/proc')) {
    const one = Number(name)
    const parent = Number.isInteger(one) ? statOf(one)?.parent : undefined
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), one])
  }
  const found = [pid]
  for (const one of found) found.push(...(children.get(one) ?? []))
  return found
}

/** Undefined where it has ended. */
function statOf(pid: number): Stat | undefined {
  const text = read(`/proc/${pid}/stat`)
  // The name before it, in brackets, may hold blanks and brackets.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  if (fields.length < 15) return undefined
  // Fields 4 and 14 to 17 of proc(5), counted from the third.
  const ticks = [11, 12, 13, 14].reduce((sum, index) => sum + Number(fields[index]), 0)
  return { parent: Number(fields[1]), seconds: ticks / TICKS }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}
