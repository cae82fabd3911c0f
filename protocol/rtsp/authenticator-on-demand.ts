import { loadPart } from '../part.ts'
import type { RequestAuthenticator } from './authenticated-requests.ts'
import type { Authenticator, Credentials } from './authentication.ts'

/** An `Authenticator` that is loaded with its hashes when the first challenge comes: most bridges keep them away. */
export class AuthenticatorOnDemand implements RequestAuthenticator {
  readonly #credentials: Credentials
  #loaded: Authenticator | undefined

  constructor(credentials: Credentials) {
    this.#credentials = credentials
  }

  get scheme(): string | undefined {
    return this.#loaded?.scheme
  }

  authorization(method: string, uri: string): string | undefined {
    return this.#loaded?.authorization(method, uri)
  }

  accepted(): void {
    this.#loaded?.accepted()
  }

  /** @throws ProtocolError `part-not-loaded` */
  async challenged(fields: readonly string[], sent: boolean): Promise<boolean> {
    if (!this.#loaded) {
      const { Authenticator } = await loadPart('answers with the password', () => import('./authentication.ts'))
      this.#loaded ??= new Authenticator(this.#credentials)
    }
    return this.#loaded.challengedBy(fields, sent)
  }
}
