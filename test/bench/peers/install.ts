import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'

/** Installs the packages of Debian whose program is missing. @throws Error that says what to install by hand */
export function installDebian(packages: Readonly<Record<string, string>>): void {
  const missing = Object.entries(packages).flatMap(([name, program]) => (existsSync(program) ? [] : [name]))
  if (missing.length === 0) return
  const install = ['install', '-y', '--no-install-recommends', ...missing]
  try {
    for (const args of [['update'], install]) {
      const [command = '', ...rest] = [...(process.getuid?.() === 0 ? [] : ['sudo', '-n']), 'apt-get', ...args]
      execFileSync(command, rest, { stdio: 'pipe', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } })
    }
  } catch (error) {
    throw new Error(`Install ${missing.join(' ')} first: apt-get ${install.join(' ')}`, { cause: error })
  }
}

/** Installs what test/bench/peers/package.json names. */
export function installPackages(root: string): void {
  const folder = `${root}/test/bench/peers`
  if (existsSync(`${folder}/node_modules/media-stream-library`)) return
  execFileSync('npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts'], { cwd: folder, stdio: 'pipe' })
}
