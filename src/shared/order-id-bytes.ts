// Order ids as bytes. Most are UUIDs as randomUUID makes them: 16 bytes instead of 36 letters.

/** Most bytes that one id takes. */
export const maxOrderIdBytes = 64;

const uuidBytes = 16;
const uuidLetters = 36;
const dash = 0x2d;
/** Before which bytes of a UUID a dash stands. */
const isDashBefore = (byte: number): boolean => byte === 4 || byte === 6 || byte === 8 || byte === 10;

/** What a letter stands for as a lower-case hexadecimal digit; 16 or more: nothing. */
function digit(letter: number): number {
  if (letter >= 0x30 && letter <= 0x39) {
    return letter - 0x30;
  }
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : 16;
}

/** Writes a UUID. False: the text is none, and what has been written there means nothing. */
function writeUuid(id: string, target: Buffer, offset: number): boolean {
  if (id.length !== uuidLetters) {
    return false;
  }
  let position = 0;
  for (let byte = 0; byte < uuidBytes; byte += 1) {
    if (isDashBefore(byte)) {
      if (id.charCodeAt(position) !== dash) {
        return false;
      }
      position += 1;
    }
    const high = digit(id.charCodeAt(position));
    const low = digit(id.charCodeAt(position + 1));
    if (high > 15 || low > 15) {
      return false;
    }
    target[offset + byte] = high * 16 + low;
    position += 2;
  }
  return true;
}

/**
 * Writes an order id, for which there must be room.
 * @returns how many bytes it takes, and whether they are those of a UUID
 */
export function writeOrderId(
  id: string,
  target: Buffer,
  offset: number,
): { readonly bytes: number; readonly isUuid: boolean } {
  if (writeUuid(id, target, offset)) {
    return { bytes: uuidBytes, isUuid: true };
  }
  return { bytes: target.write(id, offset, 'latin1'), isUuid: false };
}

/** Reads what writeOrderId wrote. */
export function readOrderId(source: Buffer, start: number, end: number, isUuid: boolean): string {
  if (!isUuid) {
    return source.toString('latin1', start, end);
  }
  const hex = source.toString('hex', start, end);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
