// False alarms of earlier watchers: worlds in which a right engine was blamed.

package world

import (
	"testing"

	"github.com/invsim/invsim/sim/setup"
)

func TestFalseAlarms(t *testing.T) {
	for name, token := range map[string]string{
		// A call ends at the moment at which its caller's clock was put back, after the
		// engine has last read it, and the caller logs in when the linger has just ended
		// by that clock.
		"an end while the clock stands": "inv2-AwExB1RvZmZsaW5lQDBzKzIwczoxIG9mZmxpbmVAMTAuOTZzKzQ2LjE0czowIGp1bXBAMjUuMDkxcystMTBtczowIG9mZmxpbmVAMjUuMDkxcysxMG1zOjE8ATA-ATFTAjVzXAR0cnVlYgIwcwAAAQsBAMDi66Hx6vD5NuYn",
		// INVITE and CANCEL go out once, and again when a peer is back. A process goes on
		// after such a copy was due, with the news that its peer is back once more: both
		// copies go out.
		"two copies after a freeze": "inv2-AwExBQcwLjAyNS9zB9wHbGFnQDEwLjE4NXMrMTBtczowIG9mZmxpbmVAMHMrMW1zOjEgb2ZmbGluZUAxLjAwMDAwMW1zKzFtczoxIG9mZmxpbmVAMi4wMDAwMDJtcysxbXM6MSBvZmZsaW5lQDMuMDAwMDAzbXMrMW1zOjEgb2ZmbGluZUA0LjAwMDAwNG1zKzFtczoxIG9mZmxpbmVANS4wMDAwMDVtcysxbXM6MSBvZmZsaW5lQDYuMDAwMDA2bXMrMW1zOjEgbGFnQDIwLjgwOTA5MTkxNnMrMW0wczowIG9mZmxpbmVANy4wMDAwMDdtcysxbXM6MSBvZmZsaW5lQDguMDAwMDA4bXMrMW1zOjEgb2ZmbGluZUA5LjAwMDAwOW1zKzFtczoxIG9mZmxpbmVAMTAuMDAwMDFtcysxbXM6MSBvZmZsaW5lQDExLjAwMDAxMW1zKzFtczoxIG9mZmxpbmVAMTIuMDAwMDEybXMrMW1zOjEgb2ZmbGluZUAxMy4wMDAwMTNtcysxbXM6MSBvZmZsaW5lQDIwLjgwODA5MTkxNnMrMW1zOjAgb2ZmbGluZUAxNC4wMDAwMTRtcysxbXM6MSBvZmZsaW5lQDE1LjAwMDAxNW1zKzFtczoxIG9mZmxpbmVAMTYuMDAwMDE2bXMrMW1zOjEgb2ZmbGluZUAxNy4wMDAwMTdtcysxbXM6MSBvZmZsaW5lQDE4LjAwMDAxOG1zKzFtczoxIG9mZmxpbmVAMTkuMDAwMDE5bXMrMW1zOjEgb2ZmbGluZUAzMG1zKzEwbXM6MSBvZmZsaW5lQDMwcysxMG1zOjEgb2ZmbGluZUAyMXMrMTBtczoxIG9mZmxpbmVAMjAuOXMrMTBtczoxIG9mZmxpbmVAMjAuODJzKzEwbXM6MSBvZmZsaW5lQDIwLjgxM3MrMW1zOjEgb2ZmbGluZUAyMS4wMDAwMjFtcysxbXM6MSBvZmZsaW5lQDIyLjAwMDAyMm1zKzFtczoxIG9mZmxpbmVAMjMuMDAwMDIzbXMrMW1zOjEgb2ZmbGluZUAyNC4wMDAwMjRtcysxbXM6MSBvZmZsaW5lQDI1LjAwMDAyNW1zKzFtczoxIG9mZmxpbmVAMjYuMDAwMDI2bXMrMW1zOjEgb2ZmbGluZUAyNy4wMDAwMjdtcysxbXM6MSBvZmZsaW5lQDU5LjQxMzEwMjMwNnMrNzIwLjY4MTYzOG1zOjAgb2ZmbGluZUA1OS44MTY4MzU3NTdzKzI2Ni45NDgxODdtczoxIGZyZWV6ZUAxbTAuNjMzNzgzOTQ0cysyNzUuMzA3OTczbXM6MCIDNDBzKgQxMDAlPAEwPgExUwI1c10EdHJ1ZWICMHMAAAELAQCC6dvRkK7gtegBGQLDgICAELDD3tab-dLZSgGw5syZk_Wy2NgBCpI",
	} {
		found, err := setup.ParseToken(token, nil)
		if err != nil {
			t.Fatal(err)
		}
		outcome, err := Play(t.Context(), found.Options, found.World, found.Source(), true)
		if err != nil || !outcome.Result.Held() || outcome.Result.Calls != 1 {
			t.Errorf("%s: %v: %+v", name, err, outcome.Result.Violations)
		}
	}
}
