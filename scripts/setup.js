/**
 * What the tests need beside Node: the dependencies, and from Debian three browsers, ffmpeg, VLC and GStreamer's RTSP server.
 * Looks first, and installs only what is missing.
 */
import { existsSync } from 'node:fs'
import { installDependencies } from './dependencies.js'
import { checkNodeVersion, Failure, isMain, run, runMain, step } from './steps.js'

const DEBIAN_PACKAGES = [
  'chromium',
  'firefox-esr',
  // WebKitGTK: the driver brings MiniBrowser and the engine, which plays by GStreamer's plugins (below).
  'webkit2gtk-driver',
  // It has no headless mode, so it takes a screen that nobody sees; and Firefox wants a sound card before it lets a page
  // look at what it plays.
  'xvfb',
  'pulseaudio',
  'gstreamer1.0-pulseaudio',
  'ffmpeg',
  'gir1.2-gst-rtsp-server-1.0',
  'python3-gi',
  'gstreamer1.0-plugins-base',
  'gstreamer1.0-plugins-good',
  'gstreamer1.0-plugins-bad',
  'gstreamer1.0-plugins-ugly',
  'gstreamer1.0-libav',
  'vlc-bin',
  'vlc-plugin-base',
  // What stands before bridges in practice, with the configurations of deploy/.
  'nginx-light',
  'haproxy',
]

/** The same by program, for systems without Debian's packages. */
const PROGRAMS = [
  { name: '/usr/bin/chromium', command: '/usr/bin/chromium', args: ['--version'] },
  { name: '/usr/bin/firefox-esr', command: '/usr/bin/firefox-esr', args: ['--version'] },
  { name: 'WebKitWebDriver', command: 'sh', args: ['-c', 'command -v WebKitWebDriver'] },
  { name: 'Xvfb', command: 'sh', args: ['-c', 'command -v Xvfb'] },
  { name: 'pulseaudio', command: 'pulseaudio', args: ['--version'] },
  { name: 'ffmpeg', command: 'ffmpeg', args: ['-version'] },
  { name: 'ffprobe', command: 'ffprobe', args: ['-version'] },
  { name: '/usr/sbin/nginx', command: '/usr/sbin/nginx', args: ['-v'] },
  { name: '/usr/sbin/haproxy', command: '/usr/sbin/haproxy', args: ['-v'] },
  { name: 'cvlc', command: 'sh', args: ['-c', 'command -v cvlc'] },
  {
    name: '/usr/bin/python3 with GObject introspection of GStreamer (base, good, bad, ugly and libav plugins) and of its RTSP server',
    command: '/usr/bin/python3',
    args: ['-c', "import gi; gi.require_version('GstRtspServer', '1.0'); from gi.repository import GstRtspServer"],
  },
]

/** @returns {Promise<string[]>} */
const missingDebianPackages = async () => {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: these are placeholders of dpkg-query
  const format = '${Package} ${db:Status-Status}\n'
  // Exits with 1 where it knows nothing of a package; what it does know, it prints all the same.
  const { output } = await run('dpkg-query', ['-W', '-f', format, ...DEBIAN_PACKAGES])
  const installed = new Set(
    output.split('\n').flatMap((line) => (line.endsWith(' installed') ? line.split(' ')[0] : [])),
  )
  return DEBIAN_PACKAGES.filter((name) => !installed.has(name))
}

/** The words that go before a command to run it as root; undefined where that is not possible without asking. */
const asRoot = async () => {
  if (process.getuid?.() === 0) return []
  return (await run('sudo', ['-n', 'true'])).code === 0 ? ['sudo', '-n'] : undefined
}

const installDebianPackages = async () => {
  const missing = await missingDebianPackages()
  if (missing.length === 0) return
  const root = await asRoot()
  if (root === undefined) {
    throw new Failure(
      `The tests need some Debian packages, and only root can install them. Run this, then try again:\n\n  sudo apt-get update && sudo apt-get install -y --no-install-recommends ${missing.join(' ')}\n`,
    )
  }
  await step(`Installing Debian packages (${missing.join(' ')})`, async () => {
    /** @param {string[]} args */
    const aptGet = async (...args) => {
      const [command = '', ...rest] = [...root, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', ...args]
      return run(command, rest)
    }
    const install = async () => {
      const update = await aptGet('update')
      return update.code === 0 ? aptGet('install', '-y', '--no-install-recommends', ...missing) : update
    }
    let outcome = await install()
    // Mirrors fail now and then, and an index may be replaced between the two commands.
    if (outcome.code !== 0) outcome = await install()
    if (outcome.code !== 0) {
      throw new Failure(
        `apt-get could not install what the tests need.\n${outcome.output.trimEnd()}\n\nTry it by hand, then run the tests again:\n\n  apt-get update && apt-get install -y --no-install-recommends ${missing.join(' ')}\n`,
      )
    }
  })
}

const checkPrograms = async () => {
  const found = await Promise.all(PROGRAMS.map(({ command, args }) => run(command, args)))
  const missing = PROGRAMS.filter((_, index) => found[index]?.code !== 0)
  if (missing.length > 0) {
    throw new Failure(
      `The tests need these programs, and this is not Debian, so install them by hand:\n${missing.map(({ name }) => `  ${name}`).join('\n')}`,
    )
  }
}

export const setup = async () => {
  checkNodeVersion()
  await installDependencies()
  if (existsSync('/usr/bin/dpkg-query') && existsSync('/usr/bin/apt-get')) await installDebianPackages()
  else await checkPrograms()
}

if (isMain(import.meta.url)) {
  await runMain(async () => {
    await setup()
    console.log('All that the tests need is installed.')
  })
}
