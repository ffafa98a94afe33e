DATE_FORMAT = "j F Y"
SHORT_DATE_FORMAT = "d-m-Y"
DATE_INPUT_FORMATS = ["%d-%m-%Y", "%d/%m/%Y", "%d.%m.%Y", "%d %m %Y", "%d%m%Y"]
THOUSAND_SEPARATOR = "."
DECIMAL_SEPARATOR = ","
