// The times of the protocol, in nanoseconds, and which of them fit together
// (docs/protocol.md, times and validation).

export const MILLISECOND = 1e6;
export const SECOND = 1e9;
const HOUR = 3600 * SECOND;

/** No ACCEPT leaves in this last part of its accept time; and the spacing of a resync. */
export const QUIET = SECOND / 2;
export const SPACING = SECOND / 2;
/** A clock that leaps by more has been set. */
export const LEAP = 4000 * HOUR;
const LONGEST = 1000 * HOUR;

export const defaultTimes = Object.freeze({
  noResponse: 30 * SECOND,
  expiry: 60 * SECOND,
  expiryCap: 60 * SECOND,
  grace: 2 * SECOND,
  accept: 15 * SECOND,
  refresh: 20 * SECOND,
  retransmitFirst: SECOND / 2,
  retransmitCap: 4 * SECOND,
  acceptFirst: SECOND / 4,
  acceptCap: SECOND / 2,
  linger: 32 * SECOND,
  tombstone: 247 * SECOND,
  maxDelay: 100 * SECOND,
});

/** The vendor's: no grace, the 5 s of its Web reference, and no refresh. */
export const vendorTimes = Object.freeze({ ...defaultTimes, grace: 0, accept: 5 * SECOND, refresh: 0 });

// Products with 1.02 = 1 + 2 · drift in whole numbers: 51/50.
const slow = (sum, limit) => 51n * BigInt(sum) <= 50n * BigInt(limit);

const all = [
  ["every time is a whole number of nanoseconds", (t) => Object.keys(defaultTimes).every((k) => Number.isSafeInteger(t[k]))],
  ["grace and refresh are not negative", (t) => t.grace >= 0 && t.refresh >= 0],
  ["every other time is positive", (t) => Object.keys(defaultTimes).every((k) => k === "grace" || k === "refresh" || t[k] > 0)],
  ["no time is over 1000 h", (t) => Object.keys(defaultTimes).every((k) => t[k] <= LONGEST)],
  ["10 ms ≤ first pause ≤ cap", (t) => t.retransmitFirst >= 10 * MILLISECOND && t.retransmitFirst <= t.retransmitCap],
  ["10 ms ≤ first pause of ACCEPT ≤ its cap", (t) => t.acceptFirst >= 10 * MILLISECOND && t.acceptFirst <= t.acceptCap],
  ["first pause < no response", (t) => t.retransmitFirst < t.noResponse],
  ["first pause of ACCEPT + 0.5 s ≤ accept", (t) => t.acceptFirst + QUIET <= t.accept],
  ["refresh is 0, or first pause ≤ refresh < expiry", (t) => t.refresh === 0 || (t.retransmitFirst <= t.refresh && t.refresh < t.expiry)],
  ["refresh > 0 for a device other than 0", (t, o) => t.refresh > 0 || o.device === "0"],
  ["no response ≤ linger", (t) => t.noResponse <= t.linger],
  ["max(linger, expiry + grace) ≤ tombstone", (t) => Math.max(t.linger, t.expiry + t.grace) <= t.tombstone],
];

// Those that the times of one call have to keep as well.
const perCall = [
  ["no time is over 1000 h", (t) => t.noResponse <= LONGEST && t.expiry <= LONGEST],
  ["first pause < no response", (t) => t.retransmitFirst < t.noResponse],
  ["no response < expiry, with count from send", (t, o) => !o.countFromSend || t.noResponse < t.expiry],
  ["expiry + grace ≤ tombstone", (t) => t.expiry + t.grace <= t.tombstone],
  ["1.02 · (the life of a call + MaxDelay) ≤ tombstone", (t, o) => slow(
    (o.countFromSend ? Math.max(t.noResponse, t.expiry + t.grace) : t.noResponse + t.expiry + t.grace) + t.maxDelay, t.tombstone)],
  ["1.02 · (no response + expiry + grace + linger + MaxDelay) ≤ tombstone",
    (t) => slow(t.noResponse + t.expiry + t.grace + t.linger + t.maxDelay, t.tombstone)],
];

const firstBroken = (rules, times, options) => rules.find(([, holds]) => !holds(times, options))?.[0] ?? "";

/** The rule that these times break, in words, or "". options: device, countFromSend. */
export const brokenRule = (times, options) => firstBroken([...all, ...perCall], times, options);

/** The same for the two times of one call, which take the place of the engine's. */
export function brokenByCall(times, { noResponse, expiry }, options) {
  for (const [name, t] of [["no-response", noResponse], ["expiry", expiry]]) {
    if (!Number.isSafeInteger(t) || t <= 0) return `the ${name} time is not positive`;
  }
  return firstBroken(perCall, { ...times, noResponse, expiry }, options);
}
