// Two phones in one page. Put your socket in the place of post: it must name the true
// sender of what it hands to receive. held tells how many ms the network kept a message.
function twoPhones(say, held = () => 0) {
  const phones = {};
  const post = (from) => (to, bytes) =>
    setTimeout(() => (phones[to] ? phones[to].receive(from, bytes, held()) : phones[from].offline(to)), 50);
  const tell = (user, e) => say([`${user}: ${e.name}`, e.text, e.why && `(${e.why})`, e.note].filter(Boolean).join(" "));

  phones.bob = invsimConnect("bob", post("bob"), (e) => {
    tell("bob", e);
    if (e.name === "RemoteInvitationReceived") phones.bob.accept(e.key, "yes!");
  });
  phones.alice = invsimConnect("alice", post("alice"), (e) => tell("alice", e));
  return phones;
}
