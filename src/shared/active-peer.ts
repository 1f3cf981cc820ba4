/** Several peers of which one at a time answers: finds it, and finds it again when another one takes over. */
export class ActivePeer<Peer> {
  readonly peers: readonly Peer[];
  #index = 0;

  constructor(peers: readonly Peer[]) {
    this.peers = peers;
  }

  /** Asks the peer that answered last. If it fails, so does this, and whoever asks next asks another one. */
  ask<Answer>(question: (peer: Peer) => Promise<Answer>): Promise<Answer> {
    const index = this.#index;
    return question(this.peers[index] as Peer).catch((error: unknown) => {
      if (this.#index === index) {
        this.#index = (index + 1) % this.peers.length;
      }
      throw error;
    });
  }
}
