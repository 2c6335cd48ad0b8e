// Phones of a world, by number and by name.

package setup

import (
	"strconv"
	"strings"
)

const phonePrefix = "user"

// PhoneName is the name of a phone, user0 that of the first.
func PhoneName(number int) string { return phonePrefix + strconv.Itoa(number) }

// PhoneNumber is the number of the phone of that name, -1 if there is no such phone.
func PhoneNumber(name string) int {
	digits, ok := strings.CutPrefix(name, phonePrefix)
	number, err := strconv.Atoi(digits)
	if !ok || err != nil {
		return -1
	}
	return number
}
