package property_test

// exactBites are those of the rules with two sides. Who is logged out owes no copies.
var exactBites = []bite{
	{"a second INVITE too early", "CALLING +499ms caller>INVITE/499ms", "Q8", "CALLING +500ms caller>INVITE/500ms"},
	{"a third INVITE too early", "CALLING +500ms caller>INVITE/500ms +999ms caller>INVITE/1499ms", "Q8", "CALLING +500ms caller>INVITE/500ms +1s caller>INVITE/1500ms"},
	{"an INVITE after a report, too early", "CALLING +500ms caller>INVITE/500ms +100ms caller-online +399ms caller>INVITE/999ms", "Q8",
		"CALLING +500ms caller>INVITE/500ms +100ms caller-online +400ms caller>INVITE/1s"},
	{"a RECEIVED that nobody asked for", "BOTHRING callee>RECEIVED", "Q8", "BOTHRING callee<INVITE=copy callee>>RECEIVED"},
	{"two answers", "BOTHRING callee<INVITE=copy callee>>RECEIVED callee>>RECEIVED", "Q8", "BOTHRING callee<INVITE=copy callee>>RECEIVED callee<INVITE=copy callee>>RECEIVED"},
	{"an answer that is no reply", "BOTHRING callee<INVITE=copy callee>RECEIVED", "Q8", "BOTHRING callee<INVITE=copy callee>>RECEIVED"},
	{"a CONFIRM for a RECEIVED", "BOTHRING caller<RECEIVED=copy caller>>CONFIRM", "Q8", "BOTHRING caller<RECEIVED=copy"},
	{"a word that is not the end's", "BOTHRING CANCELED caller<RECEIVED=late caller>>CLOSED/EXPIRED/RECEIVED", "Q8", "BOTHRING CANCELED caller<RECEIVED=late caller>>CLOSED/CANCELED/RECEIVED"},
	{"an answer to something else", "BOTHRING CANCELED caller<RECEIVED=late caller>>CLOSED/CANCELED/ACCEPT", "Q8", "BOTHRING CANCELED caller<RECEIVED=late caller>>CLOSED/CANCELED/RECEIVED"},
	{"an ACCEPT in the last half second", "BOTHRING accept-ok callee>ACCEPT FOURSECONDS +501ms callee<INVITE=copy callee>>ACCEPT", "Q7 Q8",
		"BOTHRING accept-ok callee>ACCEPT FOURSECONDS +500ms callee<INVITE=copy callee>>ACCEPT"},
	{"a REFUSE after the linger", "BOTHRING REFUSED2 callee-out +32001ms callee-in callee<INVITE=late callee>>REFUSE", "Q8",
		"BOTHRING REFUSED2 callee-out +32001ms callee-in callee<INVITE=late callee>>CLOSED/FAILED"},

	{"given up too early", "CALLING caller-out +29999ms caller:NO_RESPONSE", "Q9", "CALLING caller-out +30s caller:NO_RESPONSE"},
	{"given up too late", "CALLING caller-out +30001ms caller:NO_RESPONSE", "Q9", "CALLING caller-out +30s caller:NO_RESPONSE"},
	{"expired too early for the caller", "BOTHRING caller-out +61s caller:EXPIRED", "Q9", "BOTHRING caller-out +62s caller:EXPIRED"},
	{"expired too early for the callee", "BOTHRING callee-out +59s callee:EXPIRED", "Q9", "BOTHRING callee-out +60s callee:EXPIRED"},
	{"an accept that fails too early", "BOTHRING callee-out accept-ok +4s callee:ACCEPT_FAILURE", "Q9", "BOTHRING callee-out accept-ok +5s callee:ACCEPT_FAILURE"},
	{"offline by a report, and not told", "CALLING +1ms caller-lost caller-out +29999ms caller:NO_RESPONSE", "Q9", "CALLING +1ms caller-lost caller-out +29999ms caller:OFFLINE"},
	{"offline without a report", "CALLING caller-out +30s caller:OFFLINE", "Q9", "CALLING caller-out +30s caller:NO_RESPONSE"},
	{"a wrong age", "CALLING +500ms caller>INVITE", "Q9", "CALLING +500ms caller>INVITE/500ms"},
	{"a ring of a stale INVITE", "CALLING callee<INVITE/30s=moved callee>>RECEIVED", "Q9", "CALLING callee<INVITE/29999ms=moved callee>>RECEIVED"},

	{"a restart that sends nothing while it rings", "BOTHRING callee-restarted +1ms callee-offline", "Q5", "BOTHRING callee-started callee-restarted callee>RECEIVED +1ms callee-offline"},
	{"a restart that sends no INVITE", "CALLING +100ms caller-restarted +1ms caller-offline", "Q5", "CALLING +100ms caller-started caller-restarted caller>INVITE/100ms +1ms caller-offline"},
	{"a sign of life that wakes nothing", "CALLING +500ms caller>INVITE/500ms caller-resumes +501ms caller-offline", "Q5",
		"CALLING +500ms caller>INVITE/500ms caller-resumes +500ms caller>INVITE/1s +1ms caller-offline"},
}
