import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type ProcessResult, runProcess } from './processes.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** Milliseconds: npm takes its time on a busy machine. */
const SLOW = 180_000

const lent = (name: string): string => join(ROOT, 'node_modules', name)

/** The package as users get it: packed, and installed from the tarball into a project of its own. */
export interface InstalledPackage {
  readonly tarball: string
  /** Bytes of the tarball. */
  readonly size: number
  /** Paths in the tarball. */
  readonly files: readonly string[]
  /** The folder of the project. */
  readonly project: string
  /** Runs a program in the project. */
  run(command: string, ...args: string[]): Promise<ProcessResult>
  /** Gives the project packages of the repository's own installation, so that nothing more is downloaded. */
  lend(...names: string[]): void
  /** The same of programs, which stay where they are, with all that they need. */
  link(...names: string[]): void
  remove(): void
}

/** Packs what is built; `npm run build` comes first. Takes some seconds. */
export async function installPackage(): Promise<InstalledPackage> {
  const folder = mkdtempSync(join(tmpdir(), 'rtsp-player-package-'))
  const project = join(folder, 'consumer')
  const run = (command: string, ...args: string[]): Promise<ProcessResult> =>
    runProcess(command, args, { cwd: project, timeout: SLOW })
  mkdirSync(project)
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder]
  const packed = await runProcess('npm', args, { cwd: ROOT, timeout: SLOW })
  mustSucceed(packed)
  const [report] = JSON.parse(packed.stdout) as [{ filename: string; size: number; files: { path: string }[] }]
  const tarball = join(folder, report.filename)
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'consumer', private: true, type: 'module' }))
  mustSucceed(await run('npm', 'install', '--prefer-offline', '--no-audit', '--no-fund', tarball))
  return {
    tarball,
    size: report.size,
    files: report.files.map(({ path }) => path),
    project,
    run,
    lend: (...names) => {
      for (const name of names) cpSync(lent(name), join(project, 'node_modules', name), { recursive: true })
    },
    link: (...names) => {
      for (const name of names) symlinkSync(lent(name), join(project, 'node_modules', name))
    },
    remove: () => rmSync(folder, { recursive: true }),
  }
}

/** Fails with the output of the program, not with a bare exit code. */
export function mustSucceed({ code, stdout, stderr }: ProcessResult): void {
  if (code !== 0) throw new Error(`It ended with ${code}:\n${stdout}\n${stderr}`)
}
