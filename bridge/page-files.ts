import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { extname, join, relative, sep } from 'node:path'

interface PageFile {
  readonly body: Buffer
  readonly type: string
  readonly tag: string
  readonly cache: string
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
}

/** A built page is some hundred KB; this is for a directory that was given by mistake. */
const MAX_PAGE_BYTES = 64 * 1024 * 1024
const MAX_PAGE_FILES = 4_096

/**
 * The built page, read into memory at the start: what is asked for is looked up, never opened, so that no path and no
 * range reaches the file system, and a rebuild or a lack of file descriptors disturbs nobody.
 */
export class PageFiles {
  readonly #files: ReadonlyMap<string, PageFile>

  private constructor(files: ReadonlyMap<string, PageFile>) {
    this.#files = files
  }

  /**
   * @param documentation another directory, for `/docs/`
   * @throws Error where a directory cannot be read, or is no page
   */
  static async read(directory: string, documentation?: string): Promise<PageFiles> {
    const page = await filesIn(directory, '/')
    const files = new Map<string, PageFile>()
    let bytes = 0
    for (const [name, path] of documentation ? [...page, ...(await filesIn(documentation, '/docs/'))] : page) {
      const body = await readFile(path)
      bytes += body.length
      if (bytes > MAX_PAGE_BYTES || files.size >= MAX_PAGE_FILES)
        throw new Error(`${directory} is too large for a page.`)
      files.set(name, {
        body,
        type: TYPES[extname(name).toLowerCase()] ?? 'application/octet-stream',
        tag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`,
        // The build puts the hash of the content into the names of these.
        cache: /^(\/docs)?\/assets\//.test(name) ? 'public, max-age=31536000, immutable' : 'no-cache',
      })
    }
    return new PageFiles(files)
  }

  /** Answers GET and HEAD. False where there is no such file. */
  serve(pathname: string, request: IncomingMessage, response: ServerResponse): boolean {
    const file = this.#files.get(pathname.endsWith('/') ? `${pathname}index.html` : pathname)
    if (!file) return false
    response.setHeader('ETag', file.tag)
    response.setHeader('Cache-Control', file.cache)
    if (request.headers['if-none-match'] === file.tag) {
      response.writeHead(304).end()
      return true
    }
    response.writeHead(200, { 'Content-Type': file.type, 'Content-Length': file.body.length })
    response.end(request.method === 'HEAD' ? undefined : file.body)
    return true
  }
}

/** Paths below a directory, by the names that they are asked for by. */
async function filesIn(directory: string, prefix: string): Promise<[name: string, path: string][]> {
  const entries = await readdir(directory, { withFileTypes: true, recursive: true })
  return entries.flatMap((entry): [string, string][] => {
    const path = join(entry.parentPath, entry.name)
    const name = prefix + relative(directory, path).split(sep).join('/')
    // What begins with a dot was not meant for the page.
    return entry.isFile() && !name.includes('/.') ? [[name, path]] : []
  })
}
