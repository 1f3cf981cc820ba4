const headEnd = '\r\n\r\n';

/** Reads just as much of the answers on a connection as a load generator must know, as that costs the least. */
export class AnswerReader {
  #text = '';

  /**
   * @param chunk bytes as latin1, so that each is a character
   * @returns the statuses of the answers that it completes
   */
  read(chunk: string): number[] {
    this.#text += chunk;
    const statuses: number[] = [];
    for (;;) {
      const headLength = this.#text.indexOf(headEnd);
      if (headLength === -1) {
        return statuses;
      }
      const head = this.#text.slice(0, headLength);
      const [, bodyLength] = /\r\ncontent-length: *(\d+)/i.exec(head) ?? [];
      const end = headLength + headEnd.length + Number(bodyLength ?? 0);
      if (this.#text.length < end) {
        return statuses;
      }
      statuses.push(Number(head.slice('HTTP/1.1 '.length).slice(0, 3)));
      this.#text = this.#text.slice(end);
    }
  }
}
