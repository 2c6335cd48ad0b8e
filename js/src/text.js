// Limits of texts, and the characters of a user id (docs/protocol.md, malformed and user-ids).

export const MAX_CONTENT = 8192;
export const MAX_RESPONSE = 8192;
export const MAX_CHANNEL_ID = 64;
export const MAX_NOTE = 1024;

/** Bytes of a text in UTF-8, or Infinity if it has half a surrogate pair or is no text. */
export function utf8Length(text) {
  if (typeof text !== "string") return Infinity;
  let bytes = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) bytes += 1;
    else if (unit < 0x800) bytes += 2;
    else if (unit < 0xd800 || unit > 0xdfff) bytes += 3;
    else {
      const low = text.charCodeAt(i + 1);
      if (unit > 0xdbff || !(low >= 0xdc00 && low <= 0xdfff)) return Infinity;
      bytes += 4;
      i++;
    }
  }
  return bytes;
}

const userId = /^(?! )[A-Za-z0-9 !#$%&()+\-:;<=.>?@[\]^_{}|~,]{1,64}$/;

export const validUserId = (id) => typeof id === "string" && userId.test(id) && id !== "null";
