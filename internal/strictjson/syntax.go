package strictjson

// scanValue reads one value; depth is that of the object or array around it.
func (s *Scanner) scanValue(depth int) (Value, bool) {
	s.space()
	if s.pos == len(s.data) {
		return Value{}, false
	}
	begin := s.pos
	var kind Kind
	var ok bool
	switch b := s.data[s.pos]; b {
	case '"':
		kind = String
		_, _, ok = s.scanString()
	case '{':
		kind = ObjectKind
		ok = depth < MaxDepth && s.scanObject(depth+1)
	case '[':
		kind = Array
		ok = depth < MaxDepth && s.scanArray(depth+1)
	case 't':
		kind, ok = Bool, s.literal("true")
	case 'f':
		kind, ok = Bool, s.literal("false")
	case 'n':
		kind, ok = Null, s.literal("null")
	default:
		kind, ok = Number, s.scanNumber()
	}
	if !ok {
		return Value{}, false
	}
	return Value{Kind: kind, Raw: s.data[begin:s.pos:s.pos]}, true
}

func (s *Scanner) literal(word string) bool {
	if len(s.data)-s.pos < len(word) || string(s.data[s.pos:s.pos+len(word)]) != word {
		return false
	}
	s.pos += len(word)
	return true
}

func (s *Scanner) scanObject(depth int) bool {
	s.pos++ // the brace
	if s.take('}') {
		return true
	}
	o := object{from: s.count}
	for {
		if _, ok := s.member(&o); !ok {
			return false
		}
		if _, ok := s.scanValue(depth); !ok {
			return false
		}
		if s.take('}') {
			s.count = o.from
			return true
		}
		if !s.take(',') {
			return false
		}
	}
}

func (s *Scanner) scanArray(depth int) bool {
	s.pos++ // the bracket
	if s.take(']') {
		return true
	}
	for {
		if _, ok := s.scanValue(depth); !ok {
			return false
		}
		if s.take(']') {
			return true
		}
		if !s.take(',') {
			return false
		}
	}
}

// scanNumber reads a number by the grammar of RFC 8259 section 6.
func (s *Scanner) scanNumber() bool {
	if s.pos < len(s.data) && s.data[s.pos] == '-' {
		s.pos++
	}
	switch {
	case s.pos < len(s.data) && s.data[s.pos] == '0':
		s.pos++
	case !s.digits():
		return false
	}
	if s.pos < len(s.data) && s.data[s.pos] == '.' {
		s.pos++
		if !s.digits() {
			return false
		}
	}
	if s.pos < len(s.data) && (s.data[s.pos] == 'e' || s.data[s.pos] == 'E') {
		s.pos++
		if s.pos < len(s.data) && (s.data[s.pos] == '+' || s.data[s.pos] == '-') {
			s.pos++
		}
		return s.digits()
	}
	return true
}

func (s *Scanner) digits() bool {
	begin := s.pos
	for s.pos < len(s.data) && '0' <= s.data[s.pos] && s.data[s.pos] <= '9' {
		s.pos++
	}
	return s.pos > begin
}
