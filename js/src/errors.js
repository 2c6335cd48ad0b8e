// The codes with which a call of the application is refused.

/** The vendor's numbers. */
export const InvitationApiCallErrorCode = Object.freeze({
  INVALID_ARGUMENT: 1, NOT_STARTED: 2, ALREADY_END: 3, ALREADY_ACCEPT: 4, ALREADY_SENT: 5,
});

const words = {
  INVALID_ARGUMENT: "invalid argument", NOT_STARTED: "not started", ALREADY_END: "already ended",
  ALREADY_ACCEPT: "already accepted", ALREADY_SENT: "already sent",
  LIMIT_REACHED: "as many invitations are remembered as may be", GROUP_DECIDED: "another invitation of the group was accepted",
};

/**
 * A call that was refused and has changed nothing. code is the vendor's number, or
 * undefined for LIMIT_REACHED and GROUP_DECIDED, which are ours.
 */
export class InvitationApiCallError extends Error {
  constructor(call, invitation, { code, why }) {
    const { id, state, role, peer } = invitation;
    super(`${call}: invitation ${id ? `${id} ` : ""}${role === "caller" ? "to" : "from"} ${peer} is ${state}: ${why || words[code]}`);
    this.name = "InvitationApiCallError";
    this.reason = code;
    this.code = InvitationApiCallErrorCode[code];
  }
}
