package jws

// ParseKey reads one entry of a key set, whatever it is meant for.
func ParseKey(object []byte) (Key, error) {
	raw, err := readJWK(object)
	if err != nil {
		return Key{}, err
	}
	return raw.published()
}
