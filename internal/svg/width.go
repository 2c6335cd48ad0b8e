// How wide a text is, about: by the widths of Helvetica, which Arial and Liberation Sans
// share. A page cannot ask for the font that it will be shown in.

package svg

// widths are those of the characters from space to ~, in thousandths of the size.
var widths = [...]uint16{
	278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278,
	556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556,
	1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778,
	667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556,
	333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556,
	556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
}

// Width is how many pixels a line of text takes in regular letters of that size. Bold
// ones take up to a tenth more.
func Width(text string, size int) int {
	sum := 0
	for _, r := range text {
		switch {
		case r >= ' ' && int(r-' ') < len(widths):
			sum += int(widths[r-' '])
		case r < 0x250 || r == '–' || r == '−':
			sum += 584
		default:
			sum += 1000
		}
	}
	return (sum*size + 999) / 1000
}
