// Phones of a world, by number and by name. The first devices of all users come first,
// by the number of their user, then the second ones.

package setup

import (
	"strconv"
	"strings"
)

const phonePrefix = "user"

// Phones is how many there are.
func (o *Options) Phones() int { return o.Users * o.Devices }

// UserName is the name of a user.
func UserName(number int) string { return phonePrefix + strconv.Itoa(number) }

// PhoneName is the name of a phone: its user's, and the number of a device that is not the
// first.
func (o *Options) PhoneName(number int) string {
	name := UserName(number % o.Users)
	if device := number / o.Users; device > 0 {
		name += "/" + strconv.Itoa(device+1)
	}
	return name
}

// PhoneNumber is the number of the phone of that name, -1 if there is no such phone.
func (o *Options) PhoneNumber(name string) int {
	user, device, several := strings.Cut(name, "/")
	number := userNumber(user)
	if number < 0 || !several {
		return number
	}
	if n, err := strconv.Atoi(device); err == nil {
		return number + (n-1)*o.Users
	}
	return -1
}

// userNumber is the number of the user of that name, -1 if there is no such user.
func userNumber(name string) int {
	digits, ok := strings.CutPrefix(name, phonePrefix)
	number, err := strconv.Atoi(digits)
	if !ok || err != nil {
		return -1
	}
	return number
}

// DeviceID is what the engine of a user's nth device is told, from 0: 0 if the user has
// no other.
func (o *Options) DeviceID(device int) uint64 {
	if o.Devices == 1 {
		return 0
	}
	return uint64(device) + 1
}
