/** Reports in a row of one SSRC that has no packets, and none of the stream's own, before they are taken to be the stream's. */
const FOREIGN_REPORTS = 3

/** Finds out which sender reports are of a stream: some cameras give these another SSRC than its packets. One for each source. */
export class ReportSource {
  #hasOwn = false
  #foreign: number | undefined
  #times = 0

  /**
   * @param ssrc of the report
   * @param stream of the packets
   * @param isOther the report is of a source that is known and not played
   */
  judge(ssrc: number, stream: number | undefined, isOther: boolean): 'own' | 'taken-for-own' | 'of-another' {
    if (ssrc === stream) {
      this.#hasOwn = true
      return 'own'
    }
    if (isOther || this.#hasOwn) return 'of-another'
    this.#times = ssrc === this.#foreign ? this.#times + 1 : 1
    this.#foreign = ssrc
    return this.#times < FOREIGN_REPORTS ? 'of-another' : 'taken-for-own'
  }
}
